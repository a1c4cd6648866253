import type { Beat } from '../../model/run-status.ts';

/** What a letter of a plugin's beats stands for: a word, and how its bar is drawn. */
type BeatLook = {
  readonly letter: Beat;
  readonly word: string;
  /** The class of its bars, which gives them colour and height. */
  readonly kind: string;
  /** The middle of a bar, from the top of the strip, which is 16 high. */
  readonly y: number;
};

/** All beats, in the order in which they are counted in words. */
export const beatLooks: readonly BeatLook[] = [
  { letter: 'o', word: 'reported', kind: 'reported', y: 12 },
  { letter: 'p', word: 'in part', kind: 'part', y: 10.5 },
  { letter: 'f', word: 'failed', kind: 'failed', y: 8 },
  { letter: 's', word: 'skipped', kind: 'skipped', y: 15 },
  { letter: 'l', word: 'slow', kind: 'slow', y: 8 },
  { letter: 'h', word: 'hung', kind: 'hung', y: 2 },
];
const most = 60;
const stepPx = 2; // from one bar to the next

/** The bars of one kind, as the outline of an SVG path: one line along each run of equal beats. */
export type BeatBars = { readonly kind: string; readonly path: string };

/** The attributes of the SVG element in which the last `ticks` bars of a strip are seen. */
export function stripBox(ticks = most) {
  const widthPx = ticks * stepPx;
  return { viewBox: `${most * stepPx - widthPx} 0 ${widthPx} 16`, width: String(widthPx), height: '16' };
}

/**
 * Returns the bars of `beats`, the last one at the right end. A line has dashes of 1 and gaps of 1,
 * so that it looks like bars.
 */
export function beatBars(beats: string): readonly BeatBars[] {
  const paths = new Map<string, string>();
  const shown = beats.slice(-most);
  const firstPx = (most - shown.length) * stepPx;
  for (const { 0: run, index } of shown.matchAll(/(.)\1*/g)) {
    const beat = beatLooks.find(({ letter }) => letter === run[0]);
    if (!beat) continue;
    const path = `M${firstPx + index * stepPx} ${beat.y}h${run.length * stepPx - 1}`;
    paths.set(beat.kind, (paths.get(beat.kind) ?? '') + path);
  }
  return [...paths].map(([kind, path]) => ({ kind, path }));
}

/**
 * Beats in words: `last 60 ticks: 57 reported, 2 skipped, 1 failed; the last: failed`, the most
 * frequent first.
 */
export function beatWords(beats: string): string {
  const shown = beats.slice(-most);
  if (shown === '') return 'no tick yet';
  const counts = beatLooks.map(({ letter, word }) => ({ word, count: shown.split(letter).length - 1 }));
  const parts = counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const last = beatLooks.find(({ letter }) => letter === shown.at(-1))?.word ?? 'unknown';
  const ticks = shown.length === 1 ? 'last tick' : `last ${shown.length} ticks`;
  return `${ticks}: ${parts.map(({ word, count }) => `${count} ${word}`).join(', ')}; the last: ${last}`;
}
