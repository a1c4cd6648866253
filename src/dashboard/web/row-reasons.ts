import type { PluginStatus } from '../../model/status.ts';
import { createRefill, element, setAttribute, untrusted } from './elements.ts';
import { evidenceOf, reasonsOnPage } from './evidence.ts';
import { reasonItems } from './parts.ts';

/**
 * Returns the function that shows below a row's line what is wrong with its plugin; null: nothing
 * is to be shown. If the focus was at something that is gone, the row's link gets it.
 */
export function createRowReasons(row: HTMLElement, link: HTMLElement): (plugin: PluginStatus | null) => void {
  const list = element('ul', { class: 'reasons' });
  const refill = createRefill(list);
  return (plugin) => {
    if (plugin === null && !list.isConnected) return;
    const reasons = plugin ? reasonsOnPage(plugin) : [];
    const evidence = plugin ? evidenceOf(plugin) : null;
    const hadFocus = list.contains(document.activeElement);
    refill([reasons, evidence], () => [
      ...reasonItems(reasons),
      ...(evidence === null ? [] : [evidenceItem(evidence)]),
    ]);
    for (const button of list.querySelectorAll('button'))
      setAttribute(button, 'tabindex', link.getAttribute('tabindex') ?? '-1');
    if (list.childElementCount === 0) list.remove();
    else if (!list.isConnected) row.append(list);
    if (hadFocus && !list.contains(document.activeElement)) link.focus({ preventScroll: true });
  };
}

function evidenceItem(text: string): HTMLElement {
  return element('li', { class: 'reason' }, element('code', { class: 'evidence' }, ...untrusted(text)));
}
