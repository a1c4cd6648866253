import { expect, test } from 'vitest';
import { SparklinePoints } from '../../src/dashboard/sparkline-points.ts';

const beginS = 1_800_000_000; // a whole minute

function pointsOf(samples: readonly (readonly [number, number])[]): SparklinePoints {
  const points = new SparklinePoints();
  for (const [atS, value] of samples) points.add(beginS + atS, value);
  return points;
}

const listed = (points: SparklinePoints, fromS = 0) =>
  points.list(beginS + fromS).map(([atS, mean]) => [atS - beginS, mean]);
const every = (stepS: number, count: number) =>
  Array.from({ length: count }, (_, index) => [index * stepS + 1, index] as const);

test('up to sixty samples are points as they are, however close', () => {
  expect(listed(pointsOf([]))).toEqual([]);
  expect(listed(pointsOf(every(1, 60)))).toEqual(every(1, 60));
  expect(listed(pointsOf(every(30, 60)))).toEqual(every(30, 60));
});

test('more of them are joined to means, each at the time of its first sample', () => {
  const points = listed(pointsOf(every(30, 120)));
  expect(points).toHaveLength(60);
  expect(points.slice(0, 2)).toEqual([
    [1, 0.5],
    [61, 2.5],
  ]);
});

test('an hour of samples of each second has sixty means, to the last sample', () => {
  const points = listed(pointsOf(every(1, 3600)));
  expect(points).toHaveLength(60);
  expect(points.slice(0, 2).map(([atS]) => atS)).toEqual([60, 120]);
  const [beforeLast = [], last = []] = points.slice(-2);
  expect(last).toEqual([3600, 3599]);
  expect(beforeLast[0]).toBe(3540);
  expect(beforeLast[1]).toBeCloseTo(3568.5);
});

test('samples that are older than an hour, or than the asked time, are left out', () => {
  const points = pointsOf([...every(60, 3), [7200, 9]]);
  expect(listed(points)).toEqual([[7200, 9]]);
  expect(listed(pointsOf(every(60, 3)), 61)).toEqual([[121, 2]]);
  expect(listed(pointsOf(every(60, 3)), 121)).toEqual([]);
});

test('a sample that is not newer than the last one is left out', () => {
  const points = pointsOf([
    [60, 1],
    [60, 5],
    [30, 5],
    [90, 2],
  ]);
  expect(listed(points)).toEqual([
    [60, 1],
    [90, 2],
  ]);
  expect(points.spanS()).toBe(30);
});

test('the variation is relative to the largest sample, and finite however large they are', () => {
  const variation = (...values: readonly number[]) =>
    pointsOf(values.map((value, index) => [index + 1, value] as const)).variation();
  expect(variation()).toBe(0);
  expect(variation(7)).toBe(0);
  expect(variation(0, 0)).toBe(0);
  expect(variation(5, 10)).toBe(0.5);
  expect(variation(-10, -5)).toBe(0.5);
  expect(variation(-10, 10)).toBe(2);
  expect(variation(-1e308, 1e308)).toBe(2);
});

test('means of very large samples are finite', () => {
  const points = pointsOf(Array.from({ length: 120 }, (_, index) => [30 * index + 1, 1.7e308] as const));
  expect(points.list(0).every(([, mean]) => Number.isFinite(mean))).toBe(true);
});
