import { beatBars, beatLooks, beatWords, stripBox } from './beats.ts';
import { drawing, element, setAttribute, setText } from './elements.ts';

/** A strip of bars, one for each of a plugin's last ticks. */
export type BeatStrip = {
  readonly element: SVGSVGElement;
  /** Costs nothing if the beats are the same as before. */
  show(beats: string): void;
};

/** Makes a strip without bars. It is described by the words that are its tooltip. */
export function createBeatStrip(): BeatStrip {
  const title = drawing('title', {});
  const strip = drawing('svg', { class: 'beats', ...stripBox() });
  let paths: readonly SVGPathElement[] = [];
  let shown: string | null = null;

  return {
    element: strip,
    show(beats) {
      if (beats === shown) return;
      if (shown === null) {
        strip.setAttribute('role', 'img');
        strip.append(title);
      }
      shown = beats;
      setText(title, beatWords(beats));
      const bars = beatBars(beats);
      const isAlike = bars.length === paths.length;
      if (!isAlike) {
        for (const path of paths) path.remove();
        paths = bars.map(() => drawing('path', {}));
        strip.append(...paths);
      }
      for (const [index, path] of paths.entries()) {
        setAttribute(path, 'class', bars[index]?.kind ?? '');
        setAttribute(path, 'd', bars[index]?.path ?? '');
      }
    },
  };
}

/** Makes a list of what the bars of a strip stand for. */
export function beatLegend(): HTMLElement {
  const ticks = 8;
  const parts = beatLooks.flatMap(({ letter, word }) => {
    const paths = beatBars(letter.repeat(ticks)).map(({ kind, path }) => drawing('path', { class: kind, d: path }));
    const bars = drawing('svg', { class: 'beats', 'aria-hidden': 'true', ...stripBox(ticks) }, ...paths);
    return [element('dt', {}, bars), element('dd', {}, word)];
  });
  return element('dl', {}, ...parts);
}
