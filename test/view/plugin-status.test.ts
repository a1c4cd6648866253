import { describe, expect, test } from 'vitest';
import { unixSeconds } from '../../src/model/sample.ts';
import type { PluginState } from '../../src/model/status.ts';
import { currentRun, type PluginFacts, pluginDetail, pluginStatus } from '../../src/view/plugin-status.ts';
import { wrongMode } from '../helpers/refused.ts';
import { facts, failure, goodRun, known, noonS, running, script } from './set-up.ts';

const noneLeftOut = { beyond: 0, newNames: 0, firstNewName: null, maxSamples: 5, maxNames: 5 };
const badLine = { line: 1, text: 'a 1,5', reason: 'decimal-comma', hint: 'write 1.5' } as const;
const failed = { ...goodRun, samples: 0, failure: failure('it failed') };

const rejectedScript = script('x.sh', {
  rejection: wrongMode('/x', 0o755),
  advice: { kind: 'wrong-mode', sentence: 'chmod it', commands: [] },
});

describe('the state is that of the worst reason', () => {
  const rows: readonly (readonly [PluginState, string, Partial<PluginFacts>])[] = [
    ['ok', 'it reports', {}],
    [
      'ok',
      'it reports, and some of its lines are bad',
      { facts: facts({ ...goodRun, badLines: 1, firstBadLines: [badLine] }) },
    ],
    ['ok', 'it reports, and waits for a slot at the moment', { currentRun: running(1, { state: 'waiting' }) }],
    ['pending', 'it has not run', { facts: facts(null) }],
    ['pending', 'it is being written', { facts: facts(null), script: script('x.sh', { isSettled: false }) }],
    ['silent', 'it printed nothing', { facts: facts({ ...goodRun, samples: 0, outputBytes: 0 }) }],
    [
      'silent',
      'it printed only metrics that the host has',
      { facts: facts({ ...goodRun, samples: 0, takenByHost: { count: 2, names: ['h.cpu.user'] } }) },
    ],
    [
      'silent',
      'it printed only names beyond max_names',
      { facts: facts({ ...goodRun, samples: 0, leftOut: { ...noneLeftOut, newNames: 2 } }) },
    ],
    [
      'bad-lines',
      'it printed no line end',
      { facts: facts({ ...goodRun, samples: 0, outputBytes: 9, droppedBytes: 1, unendedBytes: 8 }) },
    ],
    ['bad-lines', 'all lines are bad', { facts: facts({ ...goodRun, samples: 0, badLines: 1 }) }],
    [
      'bad-lines',
      'all have a decimal comma',
      { facts: facts({ ...goodRun, samples: 0, badLines: 1, firstBadLines: [badLine] }) },
    ],
    ['failing', 'it exited with 3', { facts: facts({ ...failed, ending: { kind: 'exited', status: 3 } }) }],
    [
      'failing',
      'a process still writes to it',
      {
        facts: facts({
          ...failed,
          ending: { kind: 'not-started', code: 'ETXTBSY', cause: 'being-written' },
          failure: failure('it is open for writing', 'being-written'),
        }),
      },
    ],
    ['failing', 'its output was lost', { facts: facts({ ...goodRun, samples: 0, outputLost: 'no room' }) }],
    ['hung', 'it hangs', { currentRun: running(60, { isOverdue: true, skips: 1 }), facts: facts(failed) }],
    ['slow', 'it is slow', { currentRun: running(60, { isOverdue: true }) }],
    ['slow', 'it is slow in its first run', { currentRun: running(60, { isOverdue: true }), facts: facts(null) }],
    [
      'failing',
      'it is slow, and failed before',
      { currentRun: running(60, { isOverdue: true }), facts: facts(failed) },
    ],
    [
      'late',
      'its last run took longer than the interval',
      { facts: facts({ ...goodRun, durationMs: 31_000 }, { lastRunSkips: { waiting: 0, running: 1 } }) },
    ],
    [
      'late',
      'its last run had to wait for a slot',
      { facts: facts(goodRun, { lastRunSkips: { waiting: 2, running: 1 } }) },
    ],
    [
      'failing',
      'its last run failed, and was late',
      { facts: facts(failed, { lastRunSkips: { waiting: 2, running: 1 } }) },
    ],
    ['late', 'it reports, and lost a tick as it waits', { currentRun: running(61, { state: 'waiting', skips: 1 }) }],
    ['disabled', 'it is switched off', { isEnabled: false }],
    ['rejected', 'its mode is wrong', { script: rejectedScript }],
    [
      'suspended',
      'its directory is',
      { suspension: { kind: 'directory-suspended', sentence: 'chmod it', commands: [] } },
    ],
  ];
  test.each(rows)('%s: %s', (state, _, change) => {
    const status = pluginStatus(known(change));
    expect(status.state).toBe(state);
    expect(status.reasons.length === 0).toBe(state === 'ok' && status.lastRun?.badLines === 0);
  });
});

test('a plugin that reports is ok, whatever it gave beyond the bounds', () => {
  const leftOut = { ...noneLeftOut, beyond: 2, newNames: 2 };
  const { state, reasons } = pluginStatus(known({ facts: facts({ ...goodRun, leftOut }) }));
  expect([state, ...reasons.map(({ kind }) => kind)]).toEqual(['ok', 'too-many-samples', 'too-many-names']);
});

test('a next run is promised only to what may run', () => {
  const nextOf = (change: Partial<PluginFacts>) => pluginStatus(known(change)).nextDueAtS;
  expect(nextOf({})).toBe(noonS + 30);
  expect(nextOf({ isEnabled: false })).toBeNull();
  expect(nextOf({ suspension: { kind: 'directory-suspended', sentence: 'chmod it', commands: [] } })).toBeNull();
  expect(nextOf({ script: rejectedScript })).toBeNull();
});

describe('the last run', () => {
  test('as this life of the agent saw it', () => {
    expect(pluginStatus(known()).lastRun).toEqual({
      endedAtS: noonS - 1,
      durationMs: 12.3,
      cpuS: 0.25,
      peakMemoryBytes: 300_000_000,
      ending: 'exited',
      status: 0,
      signal: null,
      samples: 2,
      badLines: 0,
      firstBadLine: null,
      outputBytes: 20,
      droppedBytes: 0,
      lastStderr: null,
    });
    const signaled = { ...failed, ending: { kind: 'signaled', signal: 'SIGTERM', status: 143 } } as const;
    expect(pluginStatus(known({ facts: facts(signaled) })).lastRun).toMatchObject({
      ending: 'signaled',
      status: 143,
      signal: 'SIGTERM',
    });
    const unknown = { ...failed, ending: { kind: 'unknown' } } as const;
    expect(pluginStatus(known({ facts: facts(unknown) })).lastRun).toMatchObject({
      ending: 'unknown',
      status: null,
      signal: null,
    });
  });
  test('of a former life: what the next run is told, and nothing else', () => {
    const former = { endedAtS: unixSeconds(noonS - 60), status: 3, output: null };
    expect(pluginStatus(known({ facts: facts(null), former })).lastRun).toEqual({
      endedAtS: noonS - 60,
      durationMs: null,
      cpuS: null,
      peakMemoryBytes: null,
      ending: null,
      status: 3,
      signal: null,
      samples: null,
      badLines: null,
      firstBadLine: null,
      outputBytes: null,
      droppedBytes: null,
      lastStderr: null,
    });
    expect(pluginStatus(known({ former })).lastRun?.status).toBe(0);
    expect(pluginStatus(known({ facts: facts(null) })).lastRun).toBeNull();
  });
});

test('the detail is the entry of the list, and what the last run had to say', () => {
  const run = { ...goodRun, badLines: 1, firstBadLines: [badLine] };
  const recent = [{ endedAtS: 1, durationMs: 2, status: 0, samples: 3, cpuS: 0.5, peakMemoryBytes: 4 }];
  const output = { lines: [], moreLines: 0, samples: 2, badLines: 1, looksLike: null, duplicate: null };
  const plugin = known({ facts: facts(run, { stderr: ['a warning'], recent: () => recent }), output: () => output });
  const shown = { stderr: ['a warning'], output, recentRuns: recent, settings: [] };
  const detail = { firstBadLines: [badLine], looksLike: null, ...shown };
  expect(pluginDetail(plugin)).toEqual({ ...pluginStatus(plugin), ...detail });
  expect(pluginDetail(known({ facts: facts(null) })).firstBadLines).toEqual([]);
});

test('a run in flight shows since when by the wall clock, and for how long by the claim', () => {
  const entry = {
    state: 'running',
    sinceMs: 5700,
    elapsedMs: () => 2149,
    isOverdue: false,
    skips: 2,
    pid: () => 47,
  } as const;
  expect(currentRun(entry)).toEqual({
    state: 'running',
    pid: 47,
    sinceS: 5,
    elapsedS: 2.1,
    isOverdue: false,
    skips: 2,
  });
});
