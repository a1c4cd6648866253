import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../src/model/event.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import type { Ending } from '../../src/model/run.ts';
import { createCounters, noDeliveries } from '../../src/view/counts.ts';

const [a, b] = [pluginFile('a.sh'), pluginFile('b.sh')];
const once = { repeat: 1, elapsedMs: 0 };
const started = (plugin = a): AgentEvent => ({ event: 'run.started', plugin });
const overdue = (plugin = a): AgentEvent => ({ event: 'run.overdue', plugin, pid: 7, elapsedMs: 5000 });
const added = (plugin = a): AgentEvent => ({ event: 'plugin.added', plugin });
const removed = (plugin = a): AgentEvent => ({ event: 'plugin.removed', plugin });
const rejected = (plugin = a): AgentEvent => ({
  event: 'plugin.rejected',
  plugin,
  rejection: { kind: 'wrong-mode', path: `/p/${plugin}`, mode: 0o755 },
  explanation: 'mode 0755',
});
const finished = (plugin = a, ending: Ending = { kind: 'exited', status: 0 }): AgentEvent => ({
  event: 'run.finished',
  plugin,
  pid: 7,
  ending,
  durationMs: 4,
  samples: 3,
  badLines: 2,
  outputBytes: 20,
});

/** What is known after these events. */
function countsOf(...events: readonly AgentEvent[]) {
  const counters = createCounters();
  for (const event of events) counters.note(event);
  return counters.read();
}

describe('runs', () => {
  const endings: readonly (readonly [Ending, number])[] = [
    [{ kind: 'exited', status: 0 }, 0],
    [{ kind: 'exited', status: 3 }, 1],
    [{ kind: 'signaled', signal: 'SIGKILL', status: 137 }, 1],
    [{ kind: 'not-started', code: 'ENOENT', cause: 'missing-interpreter', detail: 'no interpreter' }, 1],
    [{ kind: 'unknown' }, 1],
  ];
  test.each(endings)('that end as %o count as failed so often: %i', (ending, runsFailed) => {
    expect(countsOf(started(), finished(a, ending))).toMatchObject({
      runs: 1,
      runsFailed,
      samplesRead: 3,
      badLines: 2,
    });
  });

  test('are in flight from their start to their end, whatever becomes of the script meanwhile', () => {
    expect(countsOf(added(), started(), removed(), started(b))).toMatchObject({ runsInFlightNow: 2 });
    expect(countsOf(added(), started(), removed(), finished())).toMatchObject({ runsInFlightNow: 0 });
  });

  test('that are overdue are so until they end; one that has ended already is not overdue any more', () => {
    expect(countsOf(started(), overdue(), started(b))).toMatchObject({
      runsOverdue: 1,
      runsOverdueNow: 1,
      runsInFlightNow: 2,
    });
    expect(countsOf(started(), overdue(), finished())).toMatchObject({ runsOverdue: 1, runsOverdueNow: 0 });
    expect(countsOf(started(), finished(), overdue())).toMatchObject({ runsOverdue: 1, runsOverdueNow: 0 });
  });

  test('of a former agent are in flight until they end', () => {
    const survived: AgentEvent = { event: 'run.survived', plugin: a, pid: 7 };
    expect(countsOf(survived)).toMatchObject({ runsInFlightNow: 1, runs: 0 });
    expect(countsOf(survived, { event: 'run.survivor-ended', plugin: a, pid: 7 })).toMatchObject({
      runsInFlightNow: 0,
      runs: 0,
    });
  });

  test('that were skipped and those that printed too much are counted each time', () => {
    const skipped: AgentEvent = { event: 'run.skipped', plugin: a, reason: 'running', pid: 7, elapsedMs: 9, skips: 3 };
    const overflowed: AgentEvent = { event: 'run.overflowed', plugin: a, keptBytes: 9, droppedBytes: 1, ...once };
    expect(countsOf(skipped, skipped, overflowed, overflowed, overflowed)).toMatchObject({
      skips: 2,
      outputOverflows: 3,
    });
  });
});

describe('scripts', () => {
  test('are accepted or rejected, never both, and neither when they are gone', () => {
    expect(countsOf(added(), added(b))).toMatchObject({ pluginsNow: 2, pluginsRejectedNow: 0 });
    expect(countsOf(added(), rejected(), rejected())).toMatchObject({ pluginsNow: 0, pluginsRejectedNow: 1 });
    expect(countsOf(rejected(), added())).toMatchObject({ pluginsNow: 1, pluginsRejectedNow: 0 });
    expect(countsOf(rejected(), added(b), removed(), removed(b))).toMatchObject({
      pluginsNow: 0,
      pluginsRejectedNow: 0,
    });
  });

  test('are remembered through a suspension of the directory, but none is accepted meanwhile', () => {
    const suspended: AgentEvent = {
      event: 'plugins.suspended',
      rejection: { kind: 'missing', path: '/p' },
      explanation: 'it is missing',
    };
    expect(countsOf(added(), rejected(b), suspended)).toMatchObject({ pluginsNow: 0, pluginsRejectedNow: 1 });
    expect(countsOf(added(), suspended, { event: 'plugins.resumed', path: '/p' })).toMatchObject({ pluginsNow: 1 });
  });

  test('that come and go for ever leave nothing behind', () => {
    const counters = createCounters();
    for (let time = 0; time < 1000; time += 1) {
      const file = pluginFile(`p-${time}`);
      for (const event of [rejected(file), added(file), started(file), overdue(file), removed(file), finished(file)])
        counters.note(event);
    }
    const { pluginsNow, pluginsRejectedNow, runsInFlightNow, runsOverdueNow, runs } = counters.read();
    expect([pluginsNow, pluginsRejectedNow, runsInFlightNow, runsOverdueNow, runs]).toEqual([0, 0, 0, 0, 1000]);
  });
});

test('the store: how often it began to fail, and what was lost with a database or with the agent, as far as anybody knows', () => {
  const setAside = (samples: number | null): AgentEvent => ({
    event: 'store.set-aside',
    path: '/s/db.damaged',
    samples,
    detail: 'x',
  });
  const failed: AgentEvent = { event: 'store.failed', detail: 'full' };
  const counts = countsOf(failed, { event: 'store.recovered' }, failed, setAside(40), setAside(null), {
    event: 'store.lost',
    samples: 2,
  });
  expect(counts).toMatchObject({ storeFailures: 2, samplesLost: 42 });
});

describe('a sink', () => {
  const connected = (sink = 'one'): AgentEvent => ({ event: 'sink.connected', sink });
  const sent = (samples: number, sink = 'one'): AgentEvent => ({ event: 'batch.sent', sink, samples, durationMs: 3 });
  const returned = (samples: number, mayHaveArrived: boolean, kind: 'lost' | 'refused' = 'lost'): AgentEvent => ({
    event: 'batch.returned',
    sink: 'one',
    samples,
    trouble: { kind, detail: 'x' },
    mayHaveArrived,
  });

  test('that has delivered nothing is not known', () => {
    expect(countsOf(started()).sinks.get('one')).toBe(undefined);
  });

  test('is connected until a batch comes back, and its first connection is no reconnection', () => {
    expect(countsOf(connected()).sinks.get('one')).toEqual({ ...noDeliveries, isConnected: true });
    expect(countsOf(connected(), returned(5, false)).sinks.get('one')).toMatchObject({
      isConnected: false,
      reconnects: 0,
      batchesReturned: 1,
    });
    const again = countsOf(
      returned(5, false),
      connected(),
      returned(5, false),
      connected(),
      returned(5, false),
      connected(),
    );
    expect(again.sinks.get('one')).toMatchObject({ isConnected: true, reconnects: 2, batchesReturned: 3 });
  });

  test('may have a batch twice each time that one comes back which may have arrived', () => {
    const counts = countsOf(returned(5, true), returned(5, true), returned(7, false), sent(5));
    expect(counts.sinks.get('one')).toMatchObject({
      samplesMaybeTwice: 10,
      samplesSent: 5,
      batchesSent: 1,
      batchesReturned: 3,
    });
  });

  test('that refuses us is told from one that is lost', () => {
    expect(countsOf(returned(5, false, 'refused'), returned(5, false)).sinks.get('one')).toMatchObject({
      refusals: 1,
      batchesReturned: 2,
    });
  });

  test('that drops samples stays connected', () => {
    const dropped: AgentEvent = { event: 'batch.dropped', sink: 'one', samples: 4, detail: 'answered 400', ...once };
    expect(countsOf(connected(), sent(6), dropped, dropped).sinks.get('one')).toMatchObject({
      isConnected: true,
      samplesDropped: 8,
      samplesSent: 6,
    });
  });

  test('counts for itself, and what was read does not change afterwards', () => {
    const counters = createCounters();
    for (const event of [sent(1), sent(2, 'two'), connected('two')]) counters.note(event);
    const before = counters.read();
    counters.note(sent(9));
    expect(before.sinks.get('one')).toEqual({ ...noDeliveries, samplesSent: 1, batchesSent: 1 });
    expect(before.sinks.get('two')).toEqual({ ...noDeliveries, samplesSent: 2, batchesSent: 1, isConnected: true });
  });
});

test('an event from nowhere is a fault of ours', () => {
  const stray: AgentEvent = JSON.parse('{"event":"tea.ready"}');
  expect(() => createCounters().note(stray)).toThrow('a case was forgotten');
});
