import type { RecentRun } from '../../model/run-status.ts';
import { drawing, element, setText } from './elements.ts';
import { hasFailed, type RunMeasure, runMeasures, runReadOut, runsSummary } from './run-words.ts';
import { clockTimeOrDay } from './words.ts';

const [barWidth, step, height, leastHeight] = [8, 10, 100, 3]; // in units of the drawing, which is stretched
const leastRuns = 12; // fewer bars do not become wider

/** Bars of the last runs of a plugin: how long they took, and what they used. */
export type RunCharts = {
  readonly element: HTMLElement;
  /** `lastGood` is the largest exit status that is no failure. */
  update(runs: readonly RecentRun[], nowS: number, lastGood: number): void;
};

/**
 * Makes a strip of bars for each measure, the latest run on the right, failed ones in red. Above
 * them stands the run under the pointer, or else the last one. A measure that is known of no run is
 * left out.
 */
export function createRunCharts(): RunCharts {
  const readOut = element('p', { class: 'run-read-out' });
  const strips = runMeasures.map(createStrip);
  const [from, to] = [element('span'), element('span')];
  const times = element('div', { class: 'run-times muted', 'aria-hidden': 'true' }, from, to);
  const plots = element('div', { class: 'run-plots' }, ...strips.map((strip) => strip.element), times);
  let runs: readonly RecentRun[] = [];
  let now = 0;
  let pointedAtS: number | null = null; // the end of the run under the pointer, which moves on

  function point(): void {
    const pointed = runs.findIndex(({ endedAtS }) => endedAtS === pointedAtS);
    const run = runs.at(pointed); // the last one if none is pointed at
    setText(readOut, run ? runReadOut(run, now) : 'None ended since the agent started.');
    for (const strip of strips) strip.mark(pointed);
  }

  plots.addEventListener('pointermove', ({ clientX }) => {
    const box = strips[0]?.area();
    if (!box || box.width === 0) return;
    const fromRight = Math.floor(((box.right - clientX) / box.width) * slotsOf(runs));
    pointedAtS = runs[runs.length - 1 - Math.max(0, fromRight)]?.endedAtS ?? null;
    point();
  });
  plots.addEventListener('pointerleave', () => {
    pointedAtS = null;
    point();
  });

  return {
    element: element('div', {}, readOut, plots),
    update(next, nowS, lastGood) {
      [runs, now] = [next, nowS];
      for (const strip of strips) strip.draw(runs, lastGood);
      const [first, last] = [runs.at(0), runs.at(-1)];
      setText(from, first && runs.length >= leastRuns ? clockTimeOrDay(first.endedAtS, nowS) : '');
      setText(to, last ? clockTimeOrDay(last.endedAtS, nowS) : '');
      point();
    },
  };
}

function slotsOf(runs: readonly RecentRun[]): number {
  return Math.max(leastRuns, runs.length);
}

/** One strip with its scale, from 0 to the largest value. */
function createStrip(measure: RunMeasure) {
  const top = element('span');
  const scale = element('div', { class: 'run-scale muted', 'aria-hidden': 'true' }, top, element('span', {}, '0'));
  const chart = drawing('svg', { class: 'run-bars', role: 'img', preserveAspectRatio: 'none' });
  const strip = element('div', { class: 'run-strip' }, element('span', { class: 'muted' }, measure.name), scale, chart);
  let bars: readonly (SVGRectElement | null)[] = [];
  return {
    element: strip,
    area: () => chart.getBoundingClientRect(),
    /** Marks the bar of a run; -1: none. */
    mark(index: number): void {
      for (const [at, bar] of bars.entries()) bar?.classList.toggle('pointed', at === index);
    },
    draw(runs: readonly RecentRun[], lastGood: number): void {
      const largest = Math.max(0, ...runs.map((run) => measure.of(run) ?? 0));
      strip.hidden = runs.every((run) => measure.of(run) === null);
      setText(top, measure.text(largest));
      const width = slotsOf(runs) * step;
      bars = runs.map((run, index) => {
        const value = measure.of(run);
        if (value === null) return null;
        const tall = Math.max(leastHeight, (value / Math.max(largest, Number.MIN_VALUE)) * height);
        const x = String(width - (runs.length - index) * step + 1);
        const place = { x, y: String(height - tall), width: String(barWidth), height: String(tall) };
        return drawing('rect', { ...place, class: hasFailed(run, lastGood) ? 'bar failed' : 'bar' });
      });
      chart.setAttribute('viewBox', `0 0 ${width} ${height}`);
      chart.setAttribute('aria-label', `${measure.name}, ${runsSummary(runs, measure, lastGood)}`);
      chart.replaceChildren(...bars.filter((bar) => bar !== null));
    },
  };
}
