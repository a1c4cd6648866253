import { describe, expect, test } from 'vitest';
import { createRunLines } from '../../src/log/run-lines.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

const [a, b] = [pluginFile('a.sh'), pluginFile('b.sh')];
const failure = { kind: 'exit-status', sentence: 'it exited with status 3', commands: [] } as const;
const bad = { line: 1, text: 'x', reason: 'too-few-words', hint: 'say more' } as const;

type RunFinished = Extract<AgentEvent, { event: 'run.finished' }>;

const finished = (change: Partial<RunFinished> = {}): RunFinished => ({
  event: 'run.finished',
  plugin: a,
  pid: 42,
  ending: { kind: 'exited', status: 0 },
  failure: null,
  durationMs: 5,
  cpuS: null,
  peakMemoryBytes: null,
  isOutputRead: true,
  samples: 1,
  badLines: 0,
  firstBadLines: [],
  looksLike: null,
  unendedBytes: 0,
  notFinite: 0,
  message: null,
  checkState: null,
  takenByHost: null,
  leftOut: null,
  outputBytes: 4,
  droppedBytes: 0,
  outputLost: null,
  ...change,
});
const failed = finished({ ending: { kind: 'exited', status: 3 }, failure, isOutputRead: false, samples: 0 });
const garbled = finished({ badLines: 7, firstBadLines: [bad] });
const overflowed = finished({ outputBytes: 15, droppedBytes: 5 });
const lost = finished({ isOutputRead: false, samples: 0, outputLost: 'EMFILE' });

/**
 * The lines of a log whose clock moves a second between two events, with `a.sh` and `b.sh` in the
 * directory.
 */
function setUp() {
  const clock = fakeClock(5_000_000);
  const lines = createRunLines(clock);
  const of = (event: AgentEvent) => lines.of(event);
  for (const plugin of [a, b]) lines.of({ event: 'plugin.added', plugin });
  return {
    clock,
    after(...events: readonly AgentEvent[]) {
      return events.flatMap((event) => {
        clock.advance(1000);
        return lines.of(event).filter((line) => line !== event);
      });
    },
    of,
  };
}

test('a run that went well is one line, and so is every other event', () => {
  const at = setUp();
  const well = finished();
  const started: AgentEvent = { event: 'run.started', plugin: a };
  expect([at.of(started), at.of(well)]).toEqual([[started], [well]]);
});

test('each thing that went wrong has a line of its own, around that of the run', () => {
  const run = finished({ ...overflowed, badLines: 1, firstBadLines: [bad], outputLost: 'ENOSPC' });
  const once = { plugin: a, repeat: 1, elapsedMs: 0 };
  expect(setUp().of(run)).toEqual([
    { event: 'run.output-lost', detail: 'ENOSPC', ...once },
    run,
    { event: 'run.bad-lines', count: 1, first: [bad], looksLike: null, ...once },
    { event: 'run.overflowed', keptBytes: 10, droppedBytes: 5, ...once },
  ]);
  expect(setUp().of(failed)).toEqual([
    failed,
    { event: 'run.failed', pid: 42, ending: failed.ending, advice: failure, ...once },
  ]);
});

describe('skips', () => {
  const skipped = (skips: number): AgentEvent => {
    return {
      event: 'run.skipped',
      plugin: a,
      reason: 'running',
      pid: 42,
      elapsedMs: 5000,
      skips,
      isPassedOver: false,
      isOneOfMany: false,
    };
  };
  const repeats = (lines: readonly object[]) => lines.map((line) => ('repeat' in line ? line.repeat : null));

  test('are counted in a row over all runs that have cost one, until a run ends that has not', () => {
    const at = setUp();
    expect(at.after(skipped(1), skipped(2), finished(), skipped(1), finished(), skipped(1))).toMatchObject([
      { event: 'run.skipped', skips: 1, repeat: 1 },
      { skips: 2, repeat: 2 },
      { skips: 1, repeat: 3 },
      { skips: 1, repeat: 4 },
    ]);
    expect(repeats(at.after(finished(), finished(), skipped(1)))).toEqual([1]);
    expect(repeats(at.after(failed, failed, skipped(1)))).toEqual([1, 2, 1]);
  });
  test('of a script that was removed leave nothing behind', () => {
    const at = setUp();
    at.of({ event: 'plugin.removed', plugin: a });
    expect(repeats(at.after(skipped(1), skipped(2)))).toEqual([1, 1]);
  });
});

describe('trouble', () => {
  test('that lasts is counted in a row with the time since it began, and its end has a line too', () => {
    const at = setUp();
    expect(at.after(failed, failed, failed)).toMatchObject([
      { event: 'run.failed', repeat: 1, elapsedMs: 0 },
      { event: 'run.failed', repeat: 2, elapsedMs: 1000 },
      { event: 'run.failed', repeat: 3, elapsedMs: 2000 },
    ]);
    expect(at.after(finished(), finished())).toEqual([
      { event: 'run.recovered', plugin: a, failures: 3, elapsedMs: 3000 },
    ]);
    expect(at.after(failed)).toMatchObject([{ repeat: 1, elapsedMs: 0 }]);
  });

  test('is timed by the clock that only goes forward', () => {
    const at = setUp();
    at.after(failed);
    at.clock.jump(-3_600_000);
    expect(at.after(failed)).toMatchObject([{ repeat: 2, elapsedMs: 1000 }]);
  });

  test('of one kind ends without a line when a run is well in that respect', () => {
    for (const troubled of [garbled, overflowed, lost]) {
      const at = setUp();
      expect(at.after(troubled, troubled)).toMatchObject([{ repeat: 1 }, { repeat: 2 }]);
      expect(at.after(finished())).toEqual([]);
      expect(at.after(troubled)).toMatchObject([{ repeat: 1, elapsedMs: 0 }]);
    }
  });

  test('with bad lines neither ends nor grows by an output that was not read', () => {
    for (const unread of [failed, lost]) {
      const lines = setUp().after(garbled, unread, garbled);
      expect(lines.filter(({ event }) => event === 'run.bad-lines')).toMatchObject([{ repeat: 1 }, { repeat: 2 }]);
    }
  });

  test('of one plugin is not that of another', () => {
    const at = setUp();
    expect(at.after(failed, { ...failed, plugin: b }, failed)).toMatchObject([
      { plugin: a, repeat: 1 },
      { plugin: b, repeat: 1 },
      { plugin: a, repeat: 2 },
    ]);
  });

  test('is forgotten when the script is gone, also where its run ends after it: one of its name starts from one', () => {
    const at = setUp();
    at.after(failed, garbled);
    const afterIts = at.after({ event: 'plugin.removed', plugin: a }, failed, failed, {
      event: 'plugin.added',
      plugin: a,
    });
    expect(afterIts).toMatchObject([{ repeat: 1 }, { repeat: 1 }]);
    expect(at.after(failed, garbled)).toMatchObject([
      { event: 'run.failed', repeat: 1 },
      { event: 'run.recovered', failures: 1 },
      { event: 'run.bad-lines', repeat: 1 },
    ]);
  });
});

test('metrics that the host has are said once while that lasts, and again when it came back', () => {
  const at = setUp();
  const taken = finished({ takenByHost: { count: 2, names: ['h.cpu.user'] } });
  const collided = { event: 'run.collided', plugin: a, count: 2, names: ['h.cpu.user'] };
  expect(at.after(taken, taken, failed, taken)).toMatchObject([
    collided,
    { event: 'run.failed' },
    { event: 'run.recovered' },
  ]);
  expect(at.after(finished(), taken, taken)).toEqual([collided]);
});

test('samples that were left out are said with their bound, each kind counted for itself until it is over', () => {
  const at = setUp();
  const none = { beyond: 0, newNames: 0, firstNewName: null, maxSamples: 5, maxNames: 6 };
  const both = finished({ leftOut: { ...none, beyond: 2, newNames: 3, firstNewName: 'h.a.b' } });
  const few = finished({ leftOut: { ...none, beyond: 1 } });
  const names = { event: 'run.too-many-names', plugin: a, samples: 3, firstNewName: 'h.a.b', maxNames: 6 };
  const samples = { event: 'run.too-many-samples', plugin: a, samples: 2, maxSamples: 5 };
  expect(at.after(both)).toEqual([
    { ...samples, repeat: 1, elapsedMs: 0 },
    { ...names, repeat: 1, elapsedMs: 0 },
  ]);
  expect(at.after(few)).toMatchObject([{ event: 'run.too-many-samples', samples: 1, repeat: 2 }]);
  expect(at.after(both)).toMatchObject([{ repeat: 3 }, { repeat: 1 }]);
  expect(at.after(finished(), both)).toMatchObject([{ repeat: 1 }, { repeat: 1 }]);
});

test('a line of stderr beyond what may be logged has no line', () => {
  const stderr = { event: 'run.stderr', plugin: a, pid: 42, text: 'again' } as const;
  expect(setUp().of(stderr)).toEqual([stderr]);
  expect(setUp().of({ ...stderr, isUnlogged: true })).toEqual([]);
});
