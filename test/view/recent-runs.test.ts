import { describe, expect, test } from 'vitest';
import { createRecentRuns } from '../../src/view/recent-runs.ts';

const run = (index: number) => ({
  endedAtS: 1_800_000_000.25 + index,
  durationMs: index / 10,
  status: index % 3 || null,
  samples: index,
  cpuS: index % 4 ? index / 8 : null,
  peakMemoryBytes: index % 5 ? index * 1024 : null,
});
const runs = Array.from({ length: 150 }, (_, index) => run(index));

test.each([0, 1, 60, 61, 150])(
  'of %i runs the last sixty are given as they were, the oldest first, each time in a list of its own',
  (count) => {
    const recent = createRecentRuns();
    for (const one of runs.slice(0, count)) recent.add(one);
    expect(recent.list()).toEqual(runs.slice(Math.max(0, count - 60), count));
    const before = recent.list();
    recent.add(run(150));
    expect(before).toEqual(runs.slice(Math.max(0, count - 60), count));
  },
);

test('a status of 0 is not that of a run of which none is known', () => {
  const recent = createRecentRuns();
  for (const status of [0, null]) recent.add({ ...run(1), status });
  expect(recent.list().map(({ status }) => status)).toEqual([0, null]);
});

describe('how long the last runs took', () => {
  const took = (...runs: readonly (readonly [durationMs: number, status: number | null])[]) => {
    const recent = createRecentRuns();
    for (const [durationMs, status] of runs) recent.add({ ...run(1), durationMs, status });
    return recent.durations();
  };
  const times = (count: number, durationMs: number, status: number | null) =>
    Array.from({ length: count }, () => [durationMs, status] as const);

  test('is not known before one has ended by itself', () => {
    expect(took()).toBeNull();
    expect(took([9, null], [8, 143], [7, 137])).toBeNull();
  });
  test('is that of the last ten, whatever their exit status, without those that a signal ended', () => {
    expect(took([99, 0], ...times(9, 5, 0), [7, 255])).toEqual({ runs: 11, shortestMs: 5, longestMs: 99 });
    expect(took([99, 0], ...times(10, 5, 0), [9000, 143])).toEqual({ runs: 10, shortestMs: 5, longestMs: 5 });
    expect(took([20, 0], [5, 128])).toEqual({ runs: 2, shortestMs: 5, longestMs: 20 });
  });
  test('holds the last ten good ones too, however many failed since', () => {
    expect(took(...times(12, 20, 0), ...times(30, 1, 3))).toEqual({ runs: 20, shortestMs: 1, longestMs: 20 });
    expect(took([20, 0], ...times(60, 1, 3))).toEqual({ runs: 10, shortestMs: 1, longestMs: 1 });
  });
});
