import type { PluginStatus } from '../../model/status.ts';
import { shortDuration } from '../../words/duration.ts';
import { isMutedTrouble, mutedText, needsALook, stateWord } from '../../words/state-word.ts';
import { createBeatStrip } from './beat-strip.ts';
import { element, setAttribute, setText, untrusted } from './elements.ts';
import { pluginLook, type RowLook } from './order.ts';
import { mark } from './parts.ts';
import { hashOf } from './plugin-link.ts';
import { createRowReasons } from './row-reasons.ts';
import { createSparkline } from './sparkline.ts';
import type { WatchedRow } from './sparklines.ts';
import { durationText, resultText } from './words.ts';

const shownFromS = 2; // a run that takes less is not shown as a running one

/** One plugin in the list. */
export type PluginRow = WatchedRow & {
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
  const [strip, sparkline] = [createBeatStrip(), createSparkline()];
  const [result, duration, runState] = [
    element('span', { class: 'result' }),
    element('span', { class: 'num' }),
    element('span', { class: 'num run-state' }),
  ];
  const line = element(
    'div',
    { class: 'line' },
    element('span', { class: 'state' }, shape, word),
    link,
    strip.element,
    sparkline.element,
    result,
    duration,
    runState,
  );
  const made = element('li', { class: 'row' }, line);
  line.addEventListener('click', ({ target }) => {
    const isLink = target instanceof Node && link.contains(target);
    if (!isLink && getSelection()?.isCollapsed !== false) link.click(); // the whole line opens it
  });
  const showReasons = createRowReasons(made, link);
  let shown: PluginStatus | null = null;
  let shownLook: RowLook | null = null;
  let isInSight = false; // the strips of a thousand rows out of sight would cost time

  function tick(nowS: number): void {
    if (!shown) return;
    const { currentRun, lastRun } = shown;
    const elapsedS = currentRun ? nowS - currentRun.sinceS : 0;
    const isRunShown = currentRun !== null && (elapsedS >= shownFromS || currentRun.isOverdue);
    setText(
      duration,
      isRunShown ? shortDuration(elapsedS) : lastRun?.durationMs == null ? '' : durationText(lastRun.durationMs),
    );
    setText(runState, isRunShown ? currentRun.state : '');
    setText(result, isRunShown ? '' : resultWords(shown));
    if (shown.muted || lastRun?.badLines || result.title !== '') result.title = resultWords(shown); // it may be cut
    made.classList.toggle('counts', isRunShown);
  }

  return {
    element: made,
    tick,
    drawStrip() {
      isInSight = true;
      if (shown) strip.show(shown.beats);
    },
    leaveSight() {
      isInSight = false;
    },
    showSparkline: (line) => shown && sparkline.show(line, shown),
    select(isSelected) {
      made.classList.toggle('selected', isSelected);
      if (isSelected) setAttribute(link, 'aria-current', 'true');
      else link.removeAttribute('aria-current');
    },
    update(plugin, nowS, showsReasons) {
      const look = pluginLook(plugin);
      if (look.mark !== shownLook?.mark || look.tone !== shownLook.tone) {
        setAttribute(shape, 'class', `mark ${look.tone}`);
        if (use) setAttribute(use, 'href', `#mark-${look.mark}`);
        setAttribute(word, 'class', `word ${look.tone}`);
        shownLook = look;
      }
      setText(word, stateWord(plugin));
      made.classList.toggle('no-beats', plugin.beats === '');
      if (isInSight) strip.show(plugin.beats);
      showReasons(showsReasons && needsALook(plugin) ? plugin : null);
      shown = plugin;
      tick(nowS);
    },
  };
}

/** What stands behind the lines: that trouble is muted, or else the result of the last run. */
function resultWords(plugin: PluginStatus): string {
  if (plugin.muted && isMutedTrouble(plugin)) return mutedText(plugin.muted);
  if (plugin.lastRun) return resultText(plugin.lastRun);
  return plugin.state === 'pending' ? 'no run yet' : '';
}
