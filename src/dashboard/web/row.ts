import type { PluginStatus } from '../../model/status.ts';
import { shortDuration } from '../../words/duration.ts';
import { createRefill, element, setAttribute, setText, untrusted } from './elements.ts';
import { isTroubled, pluginLook } from './order.ts';
import { mark, reasonItem, reasonsKey } from './parts.ts';
import { hashOf } from './place.ts';
import { clockText, durationText, resultText } from './words.ts';

const toldFromS = 2; // a run that is over in a moment is not shown as one that goes on

/** A plugin in the list. */
export type PluginRow = {
  readonly element: HTMLElement;
  readonly link: HTMLAnchorElement;
  /** Cheap where nothing changed. `showsReasons` is false where all plugins have the same one. */
  update(plugin: PluginStatus, nowS: number, showsReasons: boolean): void;
  /** What counts up. */
  tick(nowS: number): void;
  /** Marks it as the one that is shown beside the list, or no more. */
  select(isSelected: boolean): void;
};

/** Makes the row of a file. */
export function createPluginRow(file: string): PluginRow {
  const shape = mark({ mark: 'new', tone: 'calm' });
  const use = shape.querySelector('use');
  const word = element('span', { class: 'word' });
  const link = element('a', { class: 'name', href: hashOf(file), tabindex: '-1' }, ...untrusted(file));
  const [result, duration, when] = [
    element('span', { class: 'result' }),
    element('span', { class: 'num' }),
    element('span', { class: 'num' }),
  ];
  const reasons = element('ul', { class: 'reasons' });
  const made = element(
    'li',
    { class: 'row' },
    element('div', { class: 'line' }, element('span', { class: 'state' }, shape, word), link, result, duration, when),
  );
  const refill = createRefill(reasons);
  let shown: PluginStatus | null = null;

  function tick(nowS: number): void {
    if (!shown) return;
    const { currentRun, lastRun } = shown;
    const elapsedS = currentRun ? nowS - currentRun.sinceS : 0;
    const isTold = currentRun !== null && (elapsedS >= toldFromS || currentRun.isOverdue);
    setText(
      duration,
      isTold ? shortDuration(elapsedS) : lastRun?.durationMs == null ? '' : durationText(lastRun.durationMs),
    );
    setText(when, isTold ? currentRun.state : lastRun ? clockText(lastRun.endedAtS, nowS) : '');
    const ofLast = lastRun ? resultText(lastRun) : shown.state === 'pending' ? 'no run yet' : '';
    setText(result, isTold ? '' : ofLast);
    made.classList.toggle('counts', isTold);
  }

  return {
    element: made,
    link,
    tick,
    select(isSelected) {
      made.classList.toggle('selected', isSelected);
      if (isSelected) setAttribute(link, 'aria-current', 'true');
      else link.removeAttribute('aria-current');
    },
    update(plugin, nowS, showsReasons) {
      const look = pluginLook(plugin);
      setAttribute(shape, 'class', `mark ${look.tone}`);
      if (use) setAttribute(use, 'href', `#mark-${look.mark}`);
      setAttribute(word, 'class', `word ${look.tone}`);
      setText(word, plugin.state);
      const told = showsReasons && isTroubled(plugin) ? plugin.reasons : [];
      if (told.length > 0 && !reasons.isConnected) made.append(reasons);
      if (told.length === 0) reasons.remove();
      refill(reasonsKey(told), () => told.map(reasonItem));
      if (told.length > 0)
        for (const button of reasons.querySelectorAll('button'))
          setAttribute(button, 'tabindex', link.getAttribute('tabindex') ?? '-1');
      shown = plugin;
      tick(nowS);
    },
  };
}
