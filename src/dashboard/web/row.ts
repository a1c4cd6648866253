import type { PluginStatus } from '../../model/status.ts';
import { shortDuration } from '../../words/duration.ts';
import { stateWord } from '../../words/state-word.ts';
import { createRefill, element, setAttribute, setText, untrusted } from './elements.ts';
import { needsALook, pluginLook } from './order.ts';
import { mark, reasonItems } from './parts.ts';
import { hashOf } from './plugin-link.ts';
import { clockTimeOrDay, durationText, resultText } from './words.ts';

const shownFromS = 2; // a run that takes less is not shown as a running one

/** One plugin in the list. */
export type PluginRow = {
  readonly element: HTMLElement;
  /** `showsReasons` is false if all plugins have the same reason, which the page shows once. */
  update(plugin: PluginStatus, nowS: number, showsReasons: boolean): void;
  /** Updates the elapsed time. */
  tick(nowS: number): void;
  /** Marks the row as the one whose details are shown, or removes the mark. */
  select(isSelected: boolean): void;
};

/** Makes the row of a plugin's file. `update` fills it. */
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
    const isRunShown = currentRun !== null && (elapsedS >= shownFromS || currentRun.isOverdue);
    setText(
      duration,
      isRunShown ? shortDuration(elapsedS) : lastRun?.durationMs == null ? '' : durationText(lastRun.durationMs),
    );
    setText(when, isRunShown ? currentRun.state : lastRun ? clockTimeOrDay(lastRun.endedAtS, nowS) : '');
    const ofLast = lastRun ? resultText(lastRun) : shown.state === 'pending' ? 'no run yet' : '';
    setText(result, isRunShown ? '' : ofLast);
    made.classList.toggle('counts', isRunShown);
  }

  return {
    element: made,
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
      setText(word, stateWord(plugin));
      const shownReasons = showsReasons && needsALook(plugin) ? plugin.reasons : [];
      if (shownReasons.length > 0 && !reasons.isConnected) made.append(reasons);
      if (shownReasons.length === 0) reasons.remove();
      refill(shownReasons, () => reasonItems(shownReasons));
      if (shownReasons.length > 0)
        for (const button of reasons.querySelectorAll('button'))
          setAttribute(button, 'tabindex', link.getAttribute('tabindex') ?? '-1');
      shown = plugin;
      tick(nowS);
    },
  };
}
