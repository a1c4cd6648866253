import { expect, test } from 'vitest';
import type { BadLine } from '../../src/model/bad-line.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import type { Ending } from '../../src/model/run.ts';
import { createRunFacts } from '../../src/view/runs.ts';
import { failure } from './set-up.ts';

type RunFinished = Extract<AgentEvent, { event: 'run.finished' }>;

const plugin = pluginFile('x.sh');
const exit: Ending = { kind: 'exited', status: 0 };
const finished = (samples: number, change: Partial<RunFinished> = {}): RunFinished => ({
  event: 'run.finished',
  plugin,
  pid: 47,
  ending: exit,
  failure: null,
  durationMs: 5,
  cpuS: null,
  peakMemoryBytes: null,
  isOutputRead: true,
  samples,
  badLines: 0,
  firstBadLines: [],
  looksLike: null,
  unendedBytes: 0,
  notFinite: 0,
  message: null,
  checkState: null,
  takenByHost: null,
  leftOut: null,
  outputBytes: 10,
  droppedBytes: 0,
  outputLost: null,
  ...change,
});
const failed = (ending: Ending) => finished(0, { ending, failure: failure('it failed') });
const started: AgentEvent = { event: 'run.started', plugin };
const stderr = (text: string): AgentEvent => ({ event: 'run.stderr', plugin, pid: 47, text });

function keeperAfter(...events: readonly AgentEvent[]) {
  const keeper = createRunFacts();
  for (const [index, event] of events.entries()) keeper.note(event, 100 + index);
  return keeper;
}

const afterEvents = (...events: readonly AgentEvent[]) => keeperAfter(...events).of(plugin);

test('the ticks that were skipped at its last run are known until a run ends that no tick skipped', () => {
  const skipped = (reason: 'waiting' | 'running'): AgentEvent => ({
    event: 'run.skipped',
    plugin,
    reason,
    pid: 1,
    elapsedMs: 1,
    skips: 1,
    isPassedOver: reason === 'waiting',
    isOneOfMany: false,
  });
  const late = [skipped('waiting'), skipped('waiting'), skipped('running')];
  expect(afterEvents(...late).lastRunSkips).toEqual({ waiting: 0, running: 0 });
  expect(afterEvents(...late, finished(1)).lastRunSkips).toEqual({ waiting: 2, running: 1 });
  expect(afterEvents(...late, finished(1), finished(1)).lastRunSkips).toEqual({ waiting: 0, running: 0 });
});

test('a plugin that has not run has no last run', () => {
  expect(afterEvents({ event: 'store.recovered' })).toEqual({
    run: null,
    lastReportAtS: null,
    runs: 0,
    failuresInARow: 0,
    skips: 0,
    lastRunSkips: { waiting: 0, running: 0 },
    stderr: [],
    recent: expect.any(Function),
    durations: expect.any(Function),
    beats: expect.any(Function),
  });
  expect(afterEvents({ event: 'store.recovered' }).recent()).toEqual([]);
  expect(afterEvents({ event: 'store.recovered' }).durations()).toBeNull();
});

test('all that is known of a run comes with its end, and the next run begins without it', () => {
  const first: BadLine = { line: 1, text: 'a', reason: 'too-few-words', hint: 'more' };
  const run = finished(2, { badLines: 1, firstBadLines: [first], droppedBytes: 9, outputLost: 'no room' });
  expect(afterEvents(started, run).run).toEqual({
    endedAtS: 101,
    durationMs: 5,
    cpuS: null,
    peakMemoryBytes: null,
    ending: exit,
    failure: null,
    samples: 2,
    badLines: 1,
    firstBadLines: [first],
    looksLike: null,
    unendedBytes: 0,
    notFinite: 0,
    message: null,
    checkState: null,
    takenByHost: null,
    leftOut: null,
    outputBytes: 10,
    droppedBytes: 9,
    outputLost: 'no room',
    lastStderr: null,
  });
  expect(afterEvents(started, run, started, finished(1)).run).toMatchObject({
    firstBadLines: [],
    looksLike: null,
    unendedBytes: 0,
    notFinite: 0,
    message: null,
    checkState: null,
    takenByHost: null,
    leftOut: null,
    droppedBytes: 0,
    outputLost: null,
  });
});

test('what the store loses of an output before the end of its run belongs to that run', () => {
  const lost: AgentEvent = { event: 'run.output-lost', plugin, detail: 'no room', repeat: 1, elapsedMs: 0 };
  expect(afterEvents(started, lost, finished(2)).run?.outputLost).toBe('no room');
  expect(afterEvents(started, lost, finished(2, { outputLost: 'unreadable' })).run?.outputLost).toBe('unreadable');
  expect(afterEvents(started, lost, finished(2), started, finished(2)).run?.outputLost).toBeNull();
  expect(afterEvents(lost).run).toBeNull(); // of a run that ended before anyone looked
});

test('failures are counted in a row, skips in all, and a report is dated', () => {
  const exits3: Ending = { kind: 'exited', status: 3 };
  const skipped: AgentEvent = {
    event: 'run.skipped',
    plugin,
    reason: 'running',
    pid: 47,
    elapsedMs: 1,
    skips: 1,
    isPassedOver: false,
    isOneOfMany: false,
  };
  const events = [finished(2), skipped, failed(exits3), failed({ kind: 'unknown' }), skipped];
  expect(afterEvents(...events)).toMatchObject({ runs: 3, failuresInARow: 2, skips: 2, lastReportAtS: 100 });
  expect(afterEvents(...events).run?.failure).toEqual(failure('it failed'));
  expect(afterEvents(...events, finished(0))).toMatchObject({ runs: 4, failuresInARow: 0, lastReportAtS: 100 });
  expect(afterEvents(...events, finished(0)).run?.failure).toBeNull();
});

test('the last lines on stderr are those of the last run until the next one has written some, or has ended', () => {
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index}`);
  expect(afterEvents(started, ...lines.map(stderr), finished(0)).stderr).toEqual(lines.slice(10));
  expect(afterEvents(started, stderr('before'), finished(0), started, stderr('now')).stderr).toEqual(['now']);
  const before = [started, stderr('a'), stderr('before'), finished(0), started];
  expect(afterEvents(...before).stderr).toEqual(['a', 'before']);
  expect(afterEvents(...before, finished(0)).stderr).toEqual([]);
  const long = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(1024));
  expect(afterEvents(started, ...long.map(stderr)).stderr).toEqual(long.slice(1));
  expect(afterEvents(started, stderr('x'.repeat(5000))).stderr).toEqual([]);
});

test('a run has the last line that it wrote to stderr itself', () => {
  const before = [started, stderr('a'), stderr('before'), finished(0), started];
  expect(afterEvents(...before, stderr('now')).run?.lastStderr).toBe('before');
  expect(afterEvents(...before, stderr('now'), finished(0)).run?.lastStderr).toBe('now');
  expect(afterEvents(...before, finished(0)).run?.lastStderr).toBeNull();
});

test('of a script that is gone nothing is kept', () => {
  const keeper = keeperAfter(finished(2));
  keeper.present(new Set([plugin, pluginFile('another')]));
  expect(keeper.of(plugin).runs).toBe(1);
  keeper.present(new Set([pluginFile('another')]));
  expect(keeper.of(plugin)).toMatchObject({ runs: 0, run: null });
});

test('the last sixty runs are kept, the oldest first, each plugin its own', () => {
  const keeper = keeperAfter(...Array.from({ length: 65 }, (_, index) => finished(index)));
  const other = pluginFile('y.sh');
  keeper.note(finished(7, { plugin: other }), 200);
  expect(
    keeper
      .of(plugin)
      .recent()
      .map(({ samples }) => samples),
  ).toEqual(Array.from({ length: 60 }, (_, index) => index + 5));
  keeper.note({ ...failed({ kind: 'unknown' }), plugin: other }, 201.5);
  expect(keeper.of(other).recent()).toEqual([
    { endedAtS: 200, durationMs: 5, status: 0, samples: 7, cpuS: null, peakMemoryBytes: null },
    { endedAtS: 201.5, durationMs: 5, status: null, samples: 0, cpuS: null, peakMemoryBytes: null },
  ]);
});
