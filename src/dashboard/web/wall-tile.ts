import type { Sparkline } from '../../model/metric.ts';
import type { WallPlugin } from '../../model/wall-status.ts';
import { createBeatStrip } from './beat-strip.ts';
import { createRefill, element, setAttribute, setText, untrusted } from './elements.ts';
import { pluginLook } from './order.ts';
import { badge } from './parts.ts';
import { createSparkline, sparklineWords } from './sparkline.ts';

/** One plugin on a wall screen. */
export type WallTile = {
  readonly element: HTMLElement;
  update(plugin: WallPlugin): void;
  /** Shows the line of its most telling metric; null: it has no samples. */
  showSparkline(line: Sparkline | null): void;
};

/** Makes the tile of a plugin's file. `update` fills it. */
export function createWallTile(file: string): WallTile {
  const state = element('span');
  const refillState = createRefill(state);
  const value = element('span', { class: 'said-value' });
  const [strip, sparkline] = [createBeatStrip(), createSparkline()];
  const made = element(
    'li',
    { class: 'tile' },
    element('div', { class: 'tile-row' }, element('span', { class: 'name' }, ...untrusted(file)), state),
    element('div', { class: 'tile-row' }, strip.element, sparkline.element),
    element('div', { class: 'tile-row' }, value),
  );
  let name = file;
  return {
    element: made,
    update(plugin) {
      const look = pluginLook(plugin);
      name = plugin.name;
      setAttribute(made, 'data-tone', look.tone);
      refillState([look, plugin.state], () => [badge(look, plugin.state)]);
      strip.show(plugin.beats);
    },
    showSparkline(line) {
      sparkline.show(line, name);
      setText(value, line ? sparklineWords(line, name) : 'no samples yet');
    },
  };
}
