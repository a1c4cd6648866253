import { expect, test } from 'vitest';
import { createOverloadReports, type OverloadDeps } from '../../src/agent/overload.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import type { InFlightRun } from '../../src/model/run.ts';
import { eventLog } from '../helpers/event-log.ts';

const waiting = (name: string, skips: number, elapsedMs: number): InFlightRun => ({
  file: pluginFile(name),
  state: 'waiting',
  sinceMs: 0,
  elapsedMs: () => elapsedMs,
  isOverdue: false,
  skips,
  pid: () => null,
});

function setUp(change: Partial<OverloadDeps> = {}) {
  const events = eventLog();
  const state = { inFlight: [] as InFlightRun[], nowMs: 0 };
  const report = createOverloadReports({
    inFlight: () => state.inFlight,
    slots: () => 4,
    bounds: () => ({ least: 4, most: 64 }),
    plugins: () => 3000,
    cpuBusyPercent: () => 100,
    maxConcurrency: () => 'auto',
    monotonicMs: () => state.nowMs,
    emit: events.emit,
    ...change,
  });
  const tick = (...inFlight: InFlightRun[]) => {
    state.inFlight = inFlight;
    state.nowMs += 30_000;
    report();
  };
  return { events, tick };
}

const sentence = (change: Partial<OverloadDeps>) => {
  const at = setUp(change);
  for (const skips of [1, 2]) at.tick(waiting('a', skips, 30_000 * skips));
  return at.events.of('agent.overloaded')[0]?.advice.sentence;
};

test('plugins that wait over two ticks in a row are reported, at each tick, and the end of it once', () => {
  const { events, tick } = setUp();
  tick(waiting('a', 0, 10));
  tick(waiting('a', 1, 30_000));
  expect(events.of('agent.overloaded')).toEqual([]);
  tick(waiting('a', 2, 60_000), waiting('b', 1, 30_000), waiting('c', 0, 1));
  tick(waiting('a', 3, 90_000));
  expect(
    events
      .of('agent.overloaded')
      .map(({ waiting: count, longestWaitMs, repeat, elapsedMs }) => [count, longestWaitMs, repeat, elapsedMs]),
  ).toEqual([
    [2, 60_000, 1, 60_000],
    [1, 90_000, 2, 90_000],
  ]);
  tick();
  tick();
  expect(events.of('agent.relieved')).toEqual([{ event: 'agent.relieved', elapsedMs: 120_000 }]);
});

test('one tick that some waited over is no overload', () => {
  const { events, tick } = setUp();
  tick(waiting('a', 1, 30_000));
  tick();
  expect([events.of('agent.overloaded'), events.of('agent.relieved')]).toEqual([[], []]);
});

test.each<readonly [string, Partial<OverloadDeps>, RegExp]>([
  [
    'the CPUs are busy',
    {},
    /: .*1 of 3,000 plugins wait.* for 1m; the CPUs are 100 % busy, so more slots would not help; raise report_interval/,
  ],
  [
    'the number of slots is fixed',
    { cpuBusyPercent: () => 7, maxConcurrency: () => 4 },
    /7 % busy; set max_concurrency = auto under \[agent\], or a larger number than 4$/,
  ],
  [
    'more slots are still added',
    { cpuBusyPercent: () => 7 },
    /4 slots are in use; more are added while memory allows it$/,
  ],
  [
    'all slots are in use',
    { cpuBusyPercent: () => 7, slots: () => 64 },
    /all 64 slots are in use; set max_concurrency under \[agent\] to more than 64$/,
  ],
  [
    'it is not known',
    { cpuBusyPercent: () => null },
    /if the CPUs are idle, set max_concurrency .*; if they are busy, raise/,
  ],
])('what would help is said where %s', (_where, change, says) => {
  expect(`: ${sentence(change)}`).toMatch(says);
});
