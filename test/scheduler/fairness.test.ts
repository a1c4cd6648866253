import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PluginFile } from '../../src/model/plugin.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { turn } from '../helpers/turns.ts';
import { plugin } from './set-up.ts';

const stepMs = 50;

type Load = {
  /** Of each plugin; a list: of its runs, the last one for all that follow. */
  readonly durationsMs: readonly (number | readonly number[])[];
  readonly slots: number;
  readonly intervalMs: number;
  readonly ticks: number;
};

/** Runs plugins that take these durations on a virtual clock; when each began, in ms. */
async function simulate(load: Load): Promise<readonly (readonly number[])[]> {
  const { durationsMs, slots, intervalMs, ticks } = load;
  const clock = fakeClock(1_000_000);
  const begins = durationsMs.map((): number[] => []);
  const plugins = durationsMs.map((_, index) => plugin(`p${index}`));
  const indexOf = new Map<PluginFile, number>(plugins.map(({ file }, index) => [file, index]));
  const scheduler = new Scheduler({
    clock,
    isAlive: () => false,
    emit() {},
    slots: { least: slots, most: slots },
    load: { look() {}, busyPercent: () => null, hasMemory: () => false },
    overdueAfterMs: intervalMs / 2,
    startRun({ file }) {
      const index = indexOf.get(file) ?? -1;
      begins[index]?.push(clock.monotonicMs());
      const durationMs = durationOf(load, index, begins[index]?.length ?? 1);
      const ended = new Promise<void>((resolve) => {
        if (Number.isFinite(durationMs)) clock.after(durationMs, resolve);
      });
      return { pid: () => 1, ended };
    },
    untilRoom: () => null,
    recordRun() {},
    forgetRun() {},
  });
  for (let tick = 0; tick < ticks; tick += 1) {
    void scheduler.tick({ atS: unixSeconds(1000 + tick) }, plugins);
    for (let ms = 0; ms < intervalMs; ms += stepMs) {
      await turn();
      clock.advance(stepMs);
    }
  }
  return begins;
}

/** How long the plugin's run takes, in ms; `run` counts from 1. */
function durationOf({ durationsMs }: Load, index: number, run: number): number {
  const of = [durationsMs[index] ?? 0].flat();
  return of[Math.min(of.length, run) - 1] ?? 0;
}

/** The fewest runs of a plugin over any span of whole ticks in which the median one has `k` ≥ 4. */
function worstShare(begins: readonly (readonly number[])[], { intervalMs, ticks }: Load): number {
  const firstMs = Math.min(...begins.flat());
  const perTick = begins.map((times) => {
    const counts = new Array<number>(ticks).fill(0);
    for (const time of times)
      counts[Math.floor((time - firstMs) / intervalMs)] = (counts[Math.floor((time - firstMs) / intervalMs)] ?? 0) + 1;
    return counts;
  });
  let worst = 1;
  for (let from = 0; from < ticks; from += 1) {
    const runs = perTick.map(() => 0);
    for (let to = from; to < ticks; to += 1) {
      for (const [index, counts] of perTick.entries()) runs[index] = (runs[index] ?? 0) + (counts[to] ?? 0);
      const sorted = runs.toSorted((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
      if (median >= 4) worst = Math.min(worst, (sorted[0] ?? 0) / median);
    }
  }
  return worst;
}

test.each<readonly [string, Load]>([
  ['150 equal ones', { durationsMs: new Array(150).fill(50), slots: 4, intervalMs: 1000, ticks: 30 }],
  [
    '100 quick ones and ten that take five times as long',
    { durationsMs: [...new Array(100).fill(50), ...new Array(10).fill(250)], slots: 4, intervalMs: 1000, ticks: 40 },
  ],
  [
    'twenty that sleep one to two seconds, on four slots',
    { durationsMs: Array.from({ length: 20 }, (_, index) => 1000 + index * 50), slots: 4, intervalMs: 5000, ticks: 30 },
  ],
  [
    'a load that only just does not fit',
    { durationsMs: [...new Array(36).fill(100), 300, 300, 400], slots: 4, intervalMs: 1000, ticks: 40 },
  ],
])('under overload every plugin runs at least half as often as the median one: %s', async (_name, load) => {
  const begins = await simulate(load);
  expect(worstShare(begins, load)).toBeGreaterThanOrEqual(0.5);
});

test('hung plugins change nothing in it once each has been overdue once', async () => {
  const load = { durationsMs: new Array<number>(60).fill(100), slots: 4, intervalMs: 1000, ticks: 40 };
  const hung = { ...load, durationsMs: [...load.durationsMs, ...new Array<number>(24).fill(Number.POSITIVE_INFINITY)] };
  const all = await simulate(hung);
  const begins = all.slice(0, 60).map((times) => times.filter((time) => time >= 10_000 + Math.min(...all.flat())));
  expect(worstShare(begins, { ...load, ticks: 30 })).toBeGreaterThanOrEqual(0.5);
});

test('whatever the durations below half of the interval: every plugin runs at least half as often as the median one', async () => {
  const anyLoad = fc.record({
    durationsMs: fc.array(
      fc.integer({ min: 1, max: 9 }).map((steps) => steps * stepMs),
      { minLength: 2, maxLength: 25 },
    ),
    slots: fc.integer({ min: 1, max: 4 }),
    intervalMs: fc.constant(1000),
    ticks: fc.constant(20),
  });
  await fc.assert(
    fc.asyncProperty(anyLoad, async (load) => {
      expect(worstShare(await simulate(load), load)).toBeGreaterThanOrEqual(0.5);
    }),
    { numRuns: 40 },
  );
});

const anyDurations = fc.array(
  fc
    .array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 })
    .map((steps) => steps.map((n) => n * stepMs)),
  { minLength: 2, maxLength: 20 },
);

test('whatever the durations: between two begins of a plugin, another begins at most two times more than there are ticks at which the first ran', async () => {
  const anyLoad = fc.record({
    durationsMs: anyDurations,
    slots: fc.integer({ min: 1, max: 4 }),
    intervalMs: fc.constant(1000),
    ticks: fc.constant(20),
  });
  await fc.assert(
    fc.asyncProperty(anyLoad, async (load) => {
      const begins = await simulate(load);
      const firstMs = Math.min(...begins.flat());
      for (const [index, own] of begins.entries())
        for (const [run, to] of own.entries()) {
          const from = own[run - 1];
          if (from === undefined) continue;
          const durationMs = durationOf(load, index, run);
          const ticksPassed = Math.floor((from + durationMs - firstMs) / load.intervalMs);
          const ticksRun = ticksPassed - Math.floor((from - firstMs) / load.intervalMs);
          for (const other of begins)
            expect(other.filter((time) => time > from && time < to).length).toBeLessThanOrEqual(2 + ticksRun);
        }
    }),
    { numRuns: 40 },
  );
});

test('a slow first run is no verdict: after it the plugin runs as often as the others', async () => {
  const quick = new Array<number>(19).fill(300);
  const load = { durationsMs: [[3000, 300], ...quick], slots: 4, intervalMs: 1000, ticks: 30 };
  const begins = await simulate(load);
  const firstMs = Math.min(...begins.flat());
  const later = begins.map((times) => times.filter((time) => time >= firstMs + 4000));
  expect(worstShare(later, { ...load, ticks: 26 })).toBeGreaterThanOrEqual(0.5);
});
