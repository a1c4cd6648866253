import type { MetricHistory } from '../../model/metric.ts';

/** The columns of a chart: times in unix seconds, means, minima and maxima. Null: a gap. */
export type ChartSeries = readonly [
  readonly number[],
  readonly (number | null)[],
  readonly (number | null)[],
  readonly (number | null)[],
];

/** How far back a chart looks at most, and whether it begins with its first sample. */
export type ShownTime = { readonly seconds: number; readonly isFitted: boolean };

/** The figures of a chart that its words need. */
export type SeriesSummary = {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly lastAtS: number;
  readonly lastValue: number;
};

/**
 * Returns the columns of a chart. The line has a gap if two points are more than three usual
 * distances apart.
 */
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

/** Returns the figures of a chart; null: there are no points. */
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

const leastWidthS = 60;

/**
 * Where a chart begins that ends at `toS`, in unix seconds. A fitted one begins with its first
 * sample if that is younger, and is at least a minute wide.
 */
export function chartFromS({ points }: MetricHistory, { seconds, isFitted }: ShownTime, toS: number): number {
  const firstS = points[0]?.[0];
  const fromS = toS - seconds;
  return isFitted && firstS !== undefined ? Math.max(fromS, Math.min(firstS, toS - leastWidthS)) : fromS;
}

function usualDistanceS(points: MetricHistory['points']): number {
  const distances = points.slice(1).map(([atS], index) => atS - (points[index]?.[0] ?? atS));
  return distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}
