import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../src/model/event.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import type { Ending } from '../../src/model/run.ts';
import { createTotals } from '../../src/view/totals.ts';
import { wrongMode } from '../helpers/refused.ts';
import { failure } from './set-up.ts';

const [a, b] = [pluginFile('a.sh'), pluginFile('b.sh')];
const started = (plugin = a): AgentEvent => ({ event: 'run.started', plugin });
const overdue = (plugin = a): AgentEvent => ({ event: 'run.overdue', plugin, pid: 7, elapsedMs: 5000 });
const added = (plugin = a): AgentEvent => ({ event: 'plugin.added', plugin });
const removed = (plugin = a): AgentEvent => ({ event: 'plugin.removed', plugin });
const rejected = (plugin = a): AgentEvent => ({
  event: 'plugin.rejected',
  plugin,
  rejection: wrongMode(`/p/${plugin}`, 0o755),
  advice: { kind: 'wrong-mode', sentence: 'mode 0755', commands: [] },
});
const finished = (plugin = a, ending: Ending = { kind: 'exited', status: 0 }, droppedBytes = 0): AgentEvent => ({
  event: 'run.finished',
  plugin,
  pid: 7,
  ending,
  failure: ending.kind === 'exited' && ending.status === 0 ? null : failure('it failed'),
  durationMs: 4,
  cpuS: null,
  peakMemoryBytes: null,
  isOutputRead: true,
  samples: 3,
  badLines: 2,
  firstBadLines: [],
  looksLike: null,
  unendedBytes: 0,
  notFinite: 0,
  message: null,
  checkState: null,
  takenByHost: null,
  leftOut: null,
  outputBytes: 20,
  droppedBytes,
  outputLost: null,
});

/** What is known after these events. */
function countsOf(...events: readonly AgentEvent[]) {
  const totals = createTotals();
  for (const event of events) totals.note(event);
  return totals.read();
}

describe('runs', () => {
  test('whose exit status is a state of a check are not failed', () => {
    const run = { ...finished(a, { kind: 'exited', status: 2 }), failure: null } as AgentEvent;
    expect(countsOf(run)).toMatchObject({ runs: 1, runsFailed: 0 });
  });

  const endings: readonly (readonly [Ending, number])[] = [
    [{ kind: 'exited', status: 0 }, 0],
    [{ kind: 'exited', status: 3 }, 1],
    [{ kind: 'signaled', signal: 'SIGKILL', status: 137 }, 1],
    [{ kind: 'not-started', code: 'ENOENT', cause: 'missing-interpreter' }, 1],
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

  test('that are hung are so until they end', () => {
    const hung: AgentEvent = {
      event: 'run.hung',
      plugin: a,
      pid: 7,
      elapsedMs: 61_000,
      advice: { kind: 'hung', sentence: 'it still runs', commands: [] },
    };
    expect(countsOf(started(), overdue(), hung)).toMatchObject({ runsHung: 1, runsHungNow: 1 });
    expect(countsOf(started(), overdue(), hung, finished())).toMatchObject({ runsHung: 1, runsHungNow: 0 });
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
    const skipped: AgentEvent = {
      event: 'run.skipped',
      plugin: a,
      reason: 'running',
      pid: 7,
      elapsedMs: 9,
      skips: 3,
      isPassedOver: false,
      isOneOfMany: false,
    };
    const overflowed = finished(a, { kind: 'exited', status: 0 }, 1);
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
      advice: { kind: 'directory-suspended', sentence: 'it is missing', commands: [] },
    };
    expect(countsOf(added(), rejected(b), suspended)).toMatchObject({ pluginsNow: 0, pluginsRejectedNow: 1 });
    expect(countsOf(added(), suspended, { event: 'plugins.resumed', path: '/p' })).toMatchObject({ pluginsNow: 1 });
  });

  test('of a suspended directory are not accepted, and those of others are; another one in its place ends that', () => {
    const munin = pluginFile('munin/load');
    const suspended: AgentEvent = {
      event: 'plugins.suspended',
      rejection: { kind: 'no-directory', path: '/m', section: '[directory:munin]', isMissing: true },
      advice: { kind: 'directory-suspended', sentence: 'it is missing', commands: [] },
      directory: 'munin',
    };
    const all = [added(), added(munin), suspended];
    expect(countsOf(...all)).toMatchObject({ pluginsNow: 1 });
    expect(countsOf(...all, { event: 'plugins.resumed', path: '/p' })).toMatchObject({ pluginsNow: 1 });
    expect(countsOf(...all, { event: 'plugins.resumed', path: '/m', directory: 'munin' })).toMatchObject({
      pluginsNow: 2,
    });
    expect(countsOf(...all, removed(munin), added(munin))).toMatchObject({ pluginsNow: 2 });
  });

  test('that come and go for ever leave nothing behind', () => {
    const totals = createTotals();
    for (let time = 0; time < 1000; time += 1) {
      const file = pluginFile(`p-${time}`);
      for (const event of [rejected(file), added(file), started(file), overdue(file), removed(file), finished(file)])
        totals.note(event);
    }
    const { pluginsNow, pluginsRejectedNow, runsInFlightNow, runsOverdueNow, runs } = totals.read();
    expect([pluginsNow, pluginsRejectedNow, runsInFlightNow, runsOverdueNow, runs]).toEqual([0, 0, 0, 0, 1000]);
  });
});

test('the store: how often it began to fail, and what was lost with a database or with the agent, as far as it is known', () => {
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
  const salvaged: AgentEvent = { event: 'store.salvaged', path: '/s/db.damaged', samples: 37, lost: 3 };
  expect(countsOf(setAside(40), salvaged)).toMatchObject({ samplesLost: 3 });
});
