import type { MetricHistory } from '../../model/status.ts';

/** What is drawn: times, and the mean, minimum and maximum at each; null: a gap. */
export type ChartSeries = readonly [
  readonly number[],
  readonly (number | null)[],
  readonly (number | null)[],
  readonly (number | null)[],
];

/** What a chart says in words. Null where nothing is drawn. */
export type SeriesSummary = {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly lastAtS: number;
  readonly lastValue: number;
};

/** The columns of a chart. Where three points or more are missing, judged by the usual distance, the line is broken: nothing was sampled then. */
export function seriesOf({ points, stepS }: MetricHistory): ChartSeries {
  const gapS = 3 * (stepS > 0 ? stepS : usualDistanceS(points));
  const [times, means, minima, maxima]: [number[], (number | null)[], (number | null)[], (number | null)[]] = [
    [],
    [],
    [],
    [],
  ];
  let lastS = Number.POSITIVE_INFINITY;
  for (const [atS, mean, min, max] of points) {
    if (atS - lastS > gapS) {
      times.push((atS + lastS) / 2);
      for (const column of [means, minima, maxima]) column.push(null);
    }
    times.push(atS);
    means.push(mean);
    minima.push(min);
    maxima.push(max);
    lastS = atS;
  }
  return [times, means, minima, maxima];
}

/** The least, the largest and the last of what is drawn; null: there is nothing. */
export function summaryOfSeries({ points }: MetricHistory): SeriesSummary | null {
  const last = points.at(-1);
  if (!last) return null;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const point of points) {
    min = Math.min(min, point[2]);
    max = Math.max(max, point[3]);
  }
  return { count: points.length, min, max, lastAtS: last[0], lastValue: last[1] };
}

function usualDistanceS(points: MetricHistory['points']): number {
  const distances = points.slice(1).map(([atS], index) => atS - (points[index]?.[0] ?? atS));
  return distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}
