import type { WallPlugin } from '../../model/wall-status.ts';
import { stateWord } from '../../words/state-word.ts';
import { createBeatStrip } from './beat-strip.ts';
import { createRefill, element, setAttribute, setText, untrusted } from './elements.ts';
import { pluginLook } from './order.ts';
import { badge } from './parts.ts';
import { createSparkline } from './sparkline.ts';
import { sparklineWords } from './sparkline-path.ts';
import type { WatchedRow } from './sparklines.ts';

/** One plugin on a wall screen. `update` costs nothing with the object of the last call. */
export type WallTile = WatchedRow & { readonly element: HTMLElement; update(plugin: WallPlugin): void };

/** Makes the tile of a plugin's file. `update` fills it. */
export function createWallTile(file: string): WallTile {
  const state = element('span');
  const refillState = createRefill(state);
  const value = element('span', { class: 'said-value' });
  const [strip, sparkline] = [createBeatStrip(), createSparkline()];
  const made = element(
    'li',
    { class: 'tile' },
    element('span', { class: 'name' }, ...untrusted(file)),
    element('div', { class: 'tile-row' }, state, value),
    element('div', { class: 'tile-row' }, strip.element, sparkline.element),
  );
  let shown: WallPlugin | null = null;
  return {
    element: made,
    update(plugin) {
      if (plugin === shown) return;
      const look = pluginLook(plugin);
      shown = plugin;
      setAttribute(made, 'data-tone', look.tone);
      refillState([look, stateWord(plugin)], () => [badge(look, stateWord(plugin))]);
      strip.show(plugin.beats);
    },
    drawStrip() {}, // it is always drawn: a wall has no rows that are out of sight for long
    leaveSight() {},
    showSparkline(line) {
      if (!shown) return;
      sparkline.show(line, shown);
      setText(value, line ? sparklineWords(line, shown.name) : shown.lastReportAtS === null ? 'no samples yet' : '');
    },
  };
}
