import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Exit } from '../../src/io/process/launch/launcher.ts';
import type { EndingKind } from '../../src/model/advice.ts';
import type { BadLine } from '../../src/model/bad-line.ts';
import { directoryFile, type PluginRejection, pluginFile, pluginName } from '../../src/model/plugin.ts';
import type { Ending } from '../../src/model/run.ts';
import { adviceOnScript } from '../../src/plugins/rejection-advice.ts';
import { judgeExit } from '../../src/runner/ending.ts';
import { reasonsOf } from '../../src/view/reasons.ts';
import { wrongMode, wrongOwner } from '../helpers/refused.ts';
import { facts, failure, goodRun, known, noonS, running, script } from './set-up.ts';

const kindsOf = (change: Parameters<typeof known>[0]) => reasonsOf(known(change)).map(({ kind }) => kind);
const saidOf = (change: Parameters<typeof known>[0]) => reasonsOf(known(change)).map(({ explanation }) => explanation);

const collision = { kind: 'name-collision', sentence: 'rename one', commands: [] } as const;

test('a plugin that reports has no reason', () => {
  expect(reasonsOf(known())).toEqual([]);
  expect(kindsOf({ currentRun: running(2) })).toEqual([]);
});

describe('the decisive reason hides those that follow from it', () => {
  const failed = facts({
    ...goodRun,
    ending: { kind: 'exited', status: 3 },
    failure: failure('it exited with status 3'),
    samples: 0,
  });
  const rejected = script('x.sh', {
    rejection: wrongMode('/scripts/x.sh', 0o755),
    advice: { kind: 'wrong-mode', sentence: 'chmod it', commands: [] },
  });

  test('a suspended directory everything else', () => {
    expect(
      kindsOf({
        suspension: { kind: 'directory-suspended', sentence: 'chmod it', commands: [] },
        script: rejected,
        facts: failed,
        isEnabled: false,
      }),
    ).toEqual(['directory-suspended']);
  });
  test('a rejection all but that', () => {
    expect(kindsOf({ script: rejected, facts: failed, isEnabled: false })).toEqual(['wrong-mode']);
  });
  test('being switched off what the runs before gave', () => {
    expect(kindsOf({ facts: failed, isEnabled: false })).toEqual(['disabled']);
  });
  test('a run that hangs what the run before it gave, and nothing else does', () => {
    expect(kindsOf({ facts: failed, currentRun: running(60, { isOverdue: true, skips: 1 }) })).toEqual([
      'hung',
      'skipped',
    ]);
    expect(kindsOf({ facts: failed, currentRun: running(2) })).toEqual(['exit-status']);
    expect(kindsOf({ facts: failed, currentRun: running(60, { isOverdue: true }) })).toEqual(['exit-status', 'slow']);
    expect(kindsOf({ facts: failed, currentRun: running(60, { state: 'waiting', skips: 1 }) })).toEqual([
      'exit-status',
      'waiting',
    ]);
    expect(kindsOf({ facts: failed, script: script('x.sh', { isSettled: false }) })).toEqual([
      'being-written',
      'exit-status',
    ]);
    expect(kindsOf({ facts: failed, script: script('x.sh', { collision }) })).toEqual([
      'exit-status',
      'name-collision',
    ]);
  });
});

const took = (shortestMs: number, longestMs = shortestMs, runs = 10) =>
  facts(goodRun, { durations: () => ({ runs, shortestMs, longestMs }) });

describe('a run that is overdue', () => {
  const ofRun = (elapsedS: number, skips: number, known = took(5000, 7004)) =>
    kindsOf({ facts: known, currentRun: running(elapsedS, { isOverdue: true, skips }) });

  test('is slow, with how long its last runs took, until it has skipped a tick', () => {
    const saidAt = (elapsedS: number, known = took(5000, 7004)) =>
      saidOf({ facts: known, currentRun: running(elapsedS, { isOverdue: true }) });
    expect(saidAt(6)).toEqual(['running 6 s; its last runs took 5 to 7 s; it reports when it ends']);
    expect(saidAt(3600)).toEqual(['running 1h; its last runs took 5 to 7 s; it reports when it ends']);
    expect(saidAt(0.5, took(498, 503))).toEqual([
      'running 500 ms; its last runs took 498 to 503 ms; it reports when it ends',
    ]);
    expect(saidAt(6.2, took(6100, 6100, 1))).toEqual([
      'running 6.2 s; its last run took 6.1 s; it reports when it ends',
    ]);
    expect(saidAt(6, facts(null))).toEqual([
      'running 6 s; no run of it has ended by itself since the agent started; it reports when it ends',
    ]);
  });
  test('and has skipped one is slow up to twice the longest of its last runs, and says what interval would do', () => {
    expect(ofRun(14, 1)).toEqual(['slow', 'skipped']);
    expect(saidOf({ facts: took(5000, 61_000), currentRun: running(31, { isOverdue: true, skips: 1 }) })[1]).toBe(
      '1 tick was skipped: its last run is still running since 11:59:29; raise interval under [plugin:x] to 90s or more',
    );
  });
  test('is hung beyond that, and at the first skipped tick if no last run is known', () => {
    expect(ofRun(14.1, 1)).toEqual(['hung', 'skipped']);
    expect(ofRun(14.1, 0)).toEqual(['slow']);
    expect(ofRun(5, 1, facts(goodRun))).toEqual(['hung', 'skipped']);
  });
  test('and of another day has its date when it is hung', () => {
    const currentRun = running(86_400 + 7, { isOverdue: true, skips: 2 });
    expect(saidOf({ facts: took(5000, 7000), currentRun })[0]).toMatch(
      /^still running since 2026-11-24 11:59:53 \(pid 47\); its last runs took 5 to 7 s; the agent never ends it; /,
    );
  });
  test('and whose process id is not known yet offers no command', () => {
    expect(saidOf({ currentRun: running(6, { isOverdue: true, pid: null, skips: 2 }) })).toEqual([
      'still running since 11:59:54; no run of it has ended by itself since the agent started; the agent never ends it',
      '2 ticks in a row were skipped: its last run is still running; it runs again once that has ended',
    ]);
  });
});

test('a run that is not overdue and in the way of the next ticks is not hung, however long it takes', () => {
  expect(saidOf({ currentRun: running(61, { skips: 2 }) })).toEqual([
    '2 ticks in a row were skipped: its last run is still running since 11:58:59; raise interval under [plugin:x] to 90s or more',
  ]);
  expect(saidOf({ facts: facts(null), currentRun: running(3) })).toEqual([
    'its first run since the agent started is still running',
  ]);
});

describe('a plugin that waits for a slot', () => {
  const waiting = running(61, { state: 'waiting', pid: null });
  const said = (cpuBusyPercent: number | null) => saidOf({ cpuBusyPercent, currentRun: { ...waiting, skips: 1 } });
  const waits = '1 tick was skipped: it waits for a slot since 11:58:59';
  const slots = 'set max_concurrency under [agent] to a larger number';
  const fewer = 'raise interval under [plugin:x] and in the sections of others, or run fewer scripts';

  test('has no reason for it while that costs nothing', () => {
    expect(saidOf({ currentRun: waiting })).toEqual([]);
    expect(saidOf({ facts: facts(null), currentRun: waiting })).toEqual([
      'its first run since the agent started waits for a slot',
    ]);
  });
  test('and has lost a tick is told of more slots, but not where the CPUs are busy', () => {
    expect(said(12.4)).toEqual([`${waits}, while the CPUs are 12 % busy; ${slots}`]);
    expect(said(97)).toEqual([`${waits}; the CPUs are 97 % busy, so more slots would not help; ${fewer}`]);
    expect(said(null)).toEqual([`${waits}; if the CPUs are idle, ${slots}; if they are busy, ${fewer}`]);
  });
});

test('a rejected script is rejected for what the permission check says, with its commands', () => {
  const path = '/scripts/x.sh';
  const reasonsFor = (rejection: PluginRejection) =>
    reasonsOf(known({ script: script('x.sh', { rejection, advice: adviceOnScript(rejection) }) }));
  expect(reasonsFor(wrongMode(path, 0o644))).toMatchObject([
    { kind: 'not-executable', commands: ["chmod 0700 '/scripts/x.sh'"] },
  ]);
  expect(reasonsFor(wrongMode(path, 0o4700))).toMatchObject([{ kind: 'wrong-mode' }]);
  expect(reasonsFor(wrongOwner(path))).toMatchObject([{ kind: 'wrong-owner' }]);
  expect(reasonsFor({ kind: 'dangling-link', path, target: '/no' })).toMatchObject([{ kind: 'unreadable' }]);
});

test('each way to end badly has its own kind', () => {
  const kindOf = (exit: Exit, firstLine = '#!/bin/sh') =>
    kindsOf({ facts: facts({ ...goodRun, ...judgeExit(exit, '/scripts/x.sh', firstLine), samples: 0 }) });
  const notStarted = (code: string): Exit => ({ kind: 'not-started', failedAt: 'exec', code, words: 'x' });
  expect(kindOf({ kind: 'exited', status: 1 })).toEqual(['exit-status']);
  expect(kindOf({ kind: 'signaled', signal: 'SIGTERM', status: 143 })).toEqual(['signal']);
  expect(kindOf({ kind: 'unknown' })).toEqual(['ending-unknown']);
  expect(kindOf(notStarted('ENOENT'))).toEqual(['missing-interpreter']);
  expect(kindOf(notStarted('ENOENT'), '#!/bin/sh\r')).toEqual(['crlf-interpreter']);
  expect(kindOf(notStarted('ETXTBSY'))).toEqual(['being-written']);
  expect(kindOf(notStarted('EIO'))).toEqual(['not-started']);
});

describe('a run that failed', () => {
  const failed = { ...goodRun, failure: failure('it failed'), samples: 0 };
  const said = (ending: Ending, lastStderr: string | null, kind: EndingKind = 'exit-status') =>
    saidOf({
      script: script('x y.sh'),
      facts: facts({ ...failed, failure: failure('it failed', kind), ending, lastStderr }),
    });
  const exit: Ending = { kind: 'exited', status: 1 };

  test('shows its last line on stderr, cut where it is long', () => {
    expect(said(exit, 'no "disk"\u001b')).toEqual([
      'it failed; its last line on stderr: "no "disk"\\x1b"; correct that, so that it exits with 0; instrument_server status \'x y.sh\'',
    ]);
    expect(said(exit, 'x'.repeat(201))[0]).toContain(`stderr: "${'x'.repeat(200)}…"; `);
  });
  test("that looked in vain for a library of Munin is to be read in Munin's format", () => {
    const missing = { ...failed, ending: exit, lastStderr: '/m/load: 46: .: cannot open /plugins/plugin.sh' };
    expect(
      saidOf({ script: script('load'), section: '[plugin:load]', format: 'nagios', facts: facts(missing) }),
    ).toEqual([
      'it failed; its last line on stderr: "/m/load: 46: .: cannot open /plugins/plugin.sh"; that is a library of Munin: put format = munin under [plugin:load]',
    ]);
    expect(saidOf({ format: 'munin', facts: facts(missing) })[0]).not.toContain('put format');
  });
  test('and wrote none is to be tried by hand, if the script itself ended it', () => {
    expect(said(exit, null)).toEqual([
      "it failed; it wrote nothing to stderr: try it by hand, and correct it so that it exits with 0; instrument_server run 'x y.sh'",
    ]);
    expect(said({ kind: 'signaled', signal: 'SIGKILL', status: 137 }, null, 'signal')).toEqual(['it failed']);
  });
  test('because the script could not begin says why, and nothing else', () => {
    expect(said({ kind: 'not-started', code: 'ENOENT', cause: 'other' }, 'a', 'not-started')).toEqual(['it failed']);
  });
});

test('what is wrong with an output is told in full: bad lines, and what was cut off', () => {
  const first: BadLine = { line: 3, text: 'a b\u001b[2J', reason: 'not-a-number', hint: 'write a number' };
  const run = { ...goodRun, badLines: 2, firstBadLines: [first], droppedBytes: 5, outputBytes: 3 * 1024 * 1024 + 1 };
  expect(saidOf({ facts: facts(run) })).toEqual([
    '2 of 4 lines are not samples; the first is line 3, "a b\\x1b[2J": write a number',
    'its last output was longer than what is kept, and its end was lost; print less, or set max_output = 4MiB under [scripts]',
  ]);
  expect(saidOf({ facts: facts({ ...goodRun, badLines: 1 }) })).toEqual(['1 of 3 lines is not a sample']);
  expect(kindsOf({ facts: facts({ ...goodRun, outputLost: 'the disk is full' }) })).toEqual([]); // its samples were read before
});

test('a check that shows how it is called is told by what it says, and where its arguments are', () => {
  const first: BadLine = { line: 3, text: ' c {-w n |-c n}', reason: 'bad-syntax', hint: 'no' };
  const usage = {
    ...goodRun,
    samples: 1,
    badLines: 9,
    firstBadLines: [first],
    checkState: 'UNKNOWN',
    message: 'c: no',
  };
  const run = facts({ ...usage, checkState: 'UNKNOWN' as const });
  expect(saidOf({ format: 'nagios', section: '[plugin:x]', facts: run })).toEqual([
    'it reports no more than its state, UNKNOWN, and says "c: no"; if it shows how it is called, correct args under [plugin:x]; 9 of 10 entries are not samples',
  ]);
  const command = script('command/x');
  const plugin = { ...command.plugin, args: ['-w'] };
  const silent = facts({ ...usage, checkState: 'UNKNOWN' as const, message: null });
  expect(saidOf({ format: 'nagios', section: '[plugin:x]', script: { ...command, plugin }, facts: silent })).toEqual([
    'it reports no more than its state, UNKNOWN; if it shows how it is called, correct command under [plugin:x]; 9 of 10 entries are not samples',
  ]);
});

test('a check that printed the text of another format is told so, though its state is sent', () => {
  const looksLike = { kind: 'prometheus', sentence: 'this looks like x', commands: ['wrap it'] } as const;
  const run = facts({ ...goodRun, samples: 1, checkState: 'OK' as const, looksLike });
  expect(kindsOf({ format: 'nagios', facts: run })).toEqual(['some-bad-lines']);
  expect(saidOf({ format: 'nagios', facts: run })).toEqual([
    'it reports no more than its state; this looks like x; wrap it',
  ]);
});

test('what an output looks like takes the place of the hint on its first bad line, also behind a failure', () => {
  const first: BadLine = { line: 1, text: 'x OK', reason: 'decimal-comma', hint: 'no' };
  const looksLike = { kind: 'nagios', sentence: 'this looks like x', commands: ['wrap it'] } as const;
  const run = { ...goodRun, samples: 0, badLines: 1, firstBadLines: [first], looksLike };
  expect(kindsOf({ facts: facts(run) })).toEqual(['only-bad-lines']);
  expect(saidOf({ facts: facts(run) })).toEqual([
    '1 of 1 lines is not a sample; the first is line 1, "x OK": this looks like x; wrap it',
  ]);
  const failed = { ...goodRun, samples: 0, looksLike, failure: failure('it failed') };
  expect(saidOf({ facts: facts(failed, { stderr: ['x'] }) })).toEqual(['it failed; this looks like x; wrap it']);
});

test('a run in a format of another system is tried by hand as the agent runs it', () => {
  const of = (run: Partial<typeof goodRun>, format: 'native' | 'munin' | 'nagios') =>
    saidOf({ format, facts: facts({ ...goodRun, samples: 0, ...run }) });
  const run = 'instrument_server run x.sh';
  expect(of({ notFinite: 2 }, 'munin')).toEqual([
    'its last run printed only values that are not finite (2 of them), which are not sent; a rate needs two runs; ' +
      `this shows how each line is read; ${run}`,
  ]);
  expect(of({}, 'nagios')).toEqual([
    `its last run printed no value that can be sent; this shows how each line is read; ${run}`,
  ]);
  expect(of({ outputBytes: 0 }, 'nagios')).toEqual([
    `its last run exited with 0 and printed nothing on stdout; try it by hand; ${run}`,
  ]);
  expect(of({ outputBytes: 99, droppedBytes: 9, unendedBytes: 90 }, 'nagios')).toEqual([
    expect.stringMatching(/without a line end; end each line with \\n; this shows how it begins; .* run x\.sh \| head/),
  ]);
  expect(of({ failure: failure('it failed') }, 'nagios')).toEqual([
    `it failed; it wrote nothing to stderr: try it by hand, and correct it so that it exits with 0 to 3; ${run}`,
  ]);
});

test('samples that the host has are counted among the lines, and named', () => {
  const run = { ...goodRun, samples: 1, badLines: 1, takenByHost: { count: 2, names: ['h.cpu.user', 'h.cpu.idle'] } };
  expect(saidOf({ facts: facts(run) })).toEqual([
    '1 of 4 lines is not a sample',
    "2 samples have names of the host's own metrics (h.cpu.user, h.cpu.idle), and the host's are sent; " +
      'rename the script, here to x_sh, or set host_metrics = false under [agent]; ' +
      "mv -n '/scripts/x.sh' '/scripts/x_sh.sh'",
  ]);
});

test('samples that the host has are no reason to rename what belongs to another system', () => {
  const run = { ...goodRun, samples: 1, takenByHost: { count: 1, names: ['h.cpu.user'] } };
  const plugin = { file: directoryFile('munin', 'cpu'), name: pluginName('cpu'), path: '/m/cpu', directory: 'munin' };
  expect(saidOf({ facts: facts(run), script: script('cpu', { plugin }) })).toEqual([
    "1 sample has the name of one of the host's own metrics (h.cpu.user), and the host's are sent; " +
      'if those of the plugin are wanted, set host_metrics = false under [agent]',
  ]);
});

test('samples beyond the bounds are counted among the lines, and said with the bound that they met', () => {
  const leftOut = { beyond: 1, newNames: 2, firstNewName: 'h.x.pid_7', maxSamples: 5, maxNames: 4 };
  expect(saidOf({ facts: facts({ ...goodRun, badLines: 1, leftOut }) })).toEqual([
    '1 of 6 lines is not a sample',
    '1 sample of its last run was not sent: a run may give 5 (max_samples under [scripts]); ' +
      'print fewer, or raise max_samples',
    '2 samples of its last run have new names, the first "h.x.pid_7", and are not sent: it had max_names = 4 others ' +
      'within a day; let it print the same names at each run, or raise max_names under [scripts]',
  ]);
});

test('every explanation is one line, whatever a script is called and prints', () => {
  const run = { ...goodRun, samples: 0 };
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.boolean(), (name, text, isBad) => {
      const firstBadLines: BadLine[] = isBad ? [{ line: 1, text, reason: 'bad-name', hint: 'no' }] : [];
      const file = pluginFile(`x${name}`);
      const judged = { ...script('x', { collision }), plugin: { ...script('x').plugin, file, path: `/s/${file}` } };
      const lines = saidOf({
        script: judged,
        facts: facts({ ...run, badLines: firstBadLines.length, firstBadLines }, { stderr: [text] }),
      });
      expect(lines).toHaveLength(2);
      for (const line of lines) expect(line).not.toMatch(/[\r\n]/);
    }),
    { numRuns: 30 },
  );
});

test('an interval that is not over tells when it will be', () => {
  const due = { facts: facts(null), intervalS: 300, nextDueAtS: noonS + 240 };
  expect(saidOf(due)).toEqual([
    'it has not run since the agent started: its interval is 5m; it runs at 12:04:00, in 4m; for a shorter one set interval under [plugin:x]',
  ]);
  expect(kindsOf({ ...due, nextDueAtS: noonS + 30 })).toEqual(['not-run-yet']);
});

test('a last run at which ticks were skipped says why, and what would help', () => {
  const said = (lastRunSkips: { waiting: number; running: number }, change = {}) =>
    reasonsOf(known({ facts: facts({ ...goodRun, durationMs: 7000 }, { lastRunSkips }), intervalS: 5, ...change })).map(
      ({ kind, sentence }) => `${kind}: ${sentence}`,
    );
  expect(said({ waiting: 0, running: 1 })).toEqual([
    'skipped: 1 tick was skipped: its last run took 7 s; raise interval under [plugin:x] to 10s or more',
  ]);
  expect(said({ waiting: 3, running: 1 }, { cpuBusyPercent: 10 })).toEqual([
    'waiting: 3 ticks in a row were skipped: its last run had to wait for a slot, while the CPUs are 10 % busy; set max_concurrency under [agent] to a larger number',
  ]);
  expect(said({ waiting: 0, running: 0 })).toEqual([]);
});
