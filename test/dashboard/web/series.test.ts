import { expect, test } from 'vitest';
import { seriesOf, summaryOfSeries } from '../../../src/dashboard/web/series.ts';
import type { MetricHistory } from '../../../src/model/metric.ts';

const history = (stepS: number, points: MetricHistory['points']): MetricHistory => ({
  metric: 'h.m',
  fromS: 0,
  toS: 1000,
  stepS,
  points,
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
