import { expect, test } from 'vitest';
import {
  costWords,
  endingWords,
  hasFailed,
  runMeasures,
  runReadOut,
  runsSummary,
} from '../../../src/dashboard/web/run-words.ts';
import type { RecentRun } from '../../../src/model/run-status.ts';
import { clockTime } from '../../../src/words/clock-time.ts';

const atS = 1_800_000_000;
const run = (change: Partial<RecentRun> = {}): RecentRun => ({
  endedAtS: atS,
  durationMs: 41,
  status: 0,
  samples: 5,
  cpuS: null,
  peakMemoryBytes: null,
  ...change,
});
const time = clockTime(atS * 1000);

test('a run is read out as its ending, its duration, its time, and what it used if that is known', () => {
  expect(runReadOut(run({ status: 1 }), atS)).toBe(`exit 1 · 41 ms · ${time}`);
  expect(runReadOut(run({ cpuS: 0.02, peakMemoryBytes: 9 * 1024 ** 2 }), atS)).toBe(
    `exit 0 · 41 ms · ${time} · 20 ms of CPU · 9.0 MiB of memory`,
  );
  expect(runReadOut(run({ status: null, durationMs: 2043 }), atS)).toBe(`no exit status · 2.0 s · ${time}`);
});

test('an ending is said in words: what was reported, or why it failed', () => {
  expect(endingWords(run(), 0)).toBe('reported 5 samples');
  expect(endingWords(run({ samples: 0 }), 0)).toBe('gave no sample');
  expect(endingWords(run({ status: 3 }), 0)).toBe('failed: exit 3');
  expect(endingWords(run({ status: 137 }), 0)).toBe('failed: exit 137 (128 + signal 9)');
  expect(endingWords(run({ status: null }), 0)).toBe('failed: no exit status');
});

test("the statuses of a check's states are no failures", () => {
  expect([0, 2, 3, 4, null].map((status) => hasFailed(run({ status }), 3))).toEqual([false, false, false, true, true]);
  expect(endingWords(run({ status: 2, samples: 1 }), 3)).toBe('reported 1 sample, exit 2');
});

test('what a run took and used is said with what is known', () => {
  expect(costWords(run())).toBe('41 ms');
  expect(costWords(run({ cpuS: 0.02 }))).toBe('41 ms, 20 ms of CPU');
});

test('all runs are summed up for each measure', () => {
  const runs = [run({ durationMs: 9, cpuS: 0.5, peakMemoryBytes: 1024 ** 2 }), run({ status: 1, durationMs: 14 })];
  const huge = [run({ peakMemoryBytes: 214 * 1024 ** 2 })];
  const [took, cpu, memory] = runMeasures;
  if (!took || !cpu || !memory) throw new Error('a measure is missing');
  expect(runsSummary(runs, took, 0)).toBe('2 runs: 9 ms to 14 ms, the last 14 ms; 1 failed');
  expect(runsSummary(runs, cpu, 1)).toBe('2 runs: 500 ms to 500 ms, the last 500 ms');
  expect(runsSummary(runs, memory, 1)).toBe('2 runs: 1.0 MiB to 1.0 MiB, the last 1.0 MiB');
  expect(runsSummary(huge, memory, 0)).toBe('1 run: 214 MiB to 214 MiB, the last 214 MiB');
  expect(runsSummary(huge, cpu, 0)).toBe('1 run: not known');
});
