import type { RecentRun } from '../../model/run-status.ts';
import { type Child, drawing, element } from './elements.ts';
import { clockTimeOrDay, durationText, readableCount } from './words.ts';

const [barWidth, barGap, height, leastHeight] = [7, 3, 56, 2];
const mostRuns = 60;

/**
 * Draws how long the last runs took: a bar each, the latest on the right, failed ones in red.
 * `lastGood` is the largest exit status that is no failure.
 */
export function durationsChart(runs: readonly RecentRun[], nowS: number, lastGood: number): readonly Child[] {
  const last = runs.at(-1);
  if (!last) return [element('p', { class: 'muted' }, 'None ended since the agent started.')];
  const times = runs.map(({ durationMs }) => durationMs);
  const [least, longest] = [Math.min(...times), Math.max(...times)];
  const hasFailed = ({ status }: RecentRun) => status === null || status > lastGood;
  const failed = runs.filter(hasFailed).length;
  const range = `${durationText(least)} to ${durationText(longest)}`;
  const failures = failed > 0 ? `; ${failed} failed` : '';
  const words = `${readableCount(runs.length, 'run')}: ${range}, the last ${durationText(last.durationMs)}${failures}`;
  const width = mostRuns * (barWidth + barGap);
  const bars = runs.map((run, index) => {
    const tall = Math.max(leastHeight, (run.durationMs / Math.max(longest, 1)) * (height - 6));
    const x = width - (runs.length - index) * (barWidth + barGap);
    const place = { x: String(x), y: String(height - tall), width: String(barWidth), height: String(tall) };
    const title = drawing('title', {}, runText(run, nowS));
    return drawing('rect', { ...place, class: hasFailed(run) ? 'bar failed' : 'bar' }, title);
  });
  return [
    drawing(
      'svg',
      {
        class: 'durations',
        viewBox: `0 0 ${width} ${height}`,
        preserveAspectRatio: 'xMaxYMax meet',
        role: 'img',
        'aria-label': words,
      },
      drawing('path', { class: 'ground', d: `M0 ${height - 0.5}H${width}` }),
      ...bars,
    ),
    element('p', { class: 'muted' }, words),
  ];
}

function runText({ endedAtS, durationMs, status, samples }: RecentRun, nowS: number): string {
  const ending = status === null ? 'no status' : `exit ${status}`;
  const at = clockTimeOrDay(endedAtS, nowS);
  return `${at}: ${durationText(durationMs)}, ${ending}, ${readableCount(samples, 'sample')}`;
}
