import { expect, test } from 'vitest';
import { createRecentRuns } from '../../src/view/recent-runs.ts';

const run = (index: number) => ({
  endedAtS: 1_800_000_000.25 + index,
  durationMs: index / 10,
  status: index % 3 || null,
  samples: index,
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
  for (const status of [0, null]) recent.add({ endedAtS: 1, durationMs: 2, status, samples: 3 });
  expect(recent.list().map(({ status }) => status)).toEqual([0, null]);
});
