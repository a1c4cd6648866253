import { expect, test } from 'vitest';
import { chartFromS, seriesOf, summaryOfSeries } from '../../../src/dashboard/web/series.ts';
import type { MetricHistory } from '../../../src/model/metric.ts';

const history = (stepS: number, points: MetricHistory['points']): MetricHistory => ({
  metric: 'h.m',
  fromS: 0,
  toS: 1000,
  stepS,
  points,
});

test.each([
  ['begins with its first sample', [1000 - 120, 990], 1000 - 120],
  ['is at least a minute wide', [1000 - 3], 1000 - 60],
  ['is at most as wide as its span', [1000 - 9999, 990], 1000 - 3600],
  ['has its whole span without a sample', [], 1000 - 3600],
])('a fitted chart %s', (_what, times, fromS) => {
  const points = times.map((atS) => [atS, 1, 1, 1] as const);
  expect(chartFromS(history(0, points), { seconds: 3600, isFitted: true }, 1000)).toBe(fromS);
});

test('a chart that is not fitted has its whole span', () => {
  expect(chartFromS(history(0, [[990, 1, 1, 1]]), { seconds: 300, isFitted: false }, 1000)).toBe(700);
});

test('the line has a gap where three samples or more are missing', () => {
  const points = [0, 30, 60, 180, 210].map((atS) => [atS, 1, 1, 1] as const);
  expect(seriesOf(history(0, points))[0]).toEqual([0, 30, 60, 120, 180, 210]);
  expect(seriesOf(history(0, points))[1]).toEqual([1, 1, 1, null, 1, 1]);
  const near = [0, 30, 120, 150, 180].map((atS) => [atS, 1, 1, 1] as const);
  expect(seriesOf(history(0, near))[0]).toHaveLength(5);
  expect(
    seriesOf(
      history(
        300,
        [0, 900, 2100].map((atS) => [atS, 2, 1, 3] as const),
      ),
    ),
  ).toEqual([
    [0, 900, 1500, 2100],
    [2, 2, null, 2],
    [1, 1, null, 1],
    [3, 3, null, 3],
  ]);
});

test('the summary has the least minimum, the largest maximum and the last mean', () => {
  expect(
    summaryOfSeries(
      history(300, [
        [0, 5, 1, 9],
        [300, 6, 2, 8],
      ]),
    ),
  ).toEqual({ count: 2, min: 1, max: 9, lastAtS: 300, lastValue: 6 });
  expect(summaryOfSeries(history(0, []))).toBeNull();
  expect(seriesOf(history(0, []))).toEqual([[], [], [], []]);
});
