import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Exit } from '../../src/io/process/launch/launcher.ts';
import type { BadLine } from '../../src/model/bad-line.ts';
import { type PluginRejection, pluginFile } from '../../src/model/plugin.ts';
import type { Ending } from '../../src/model/run.ts';
import { adviceOnScript } from '../../src/plugins/permissions.ts';
import { judgeExit } from '../../src/runner/ending.ts';
import { reasonsOf } from '../../src/view/reasons.ts';
import { facts, failure, goodRun, known, noonS, running, script } from './set-up.ts';

const kindsOf = (change: Parameters<typeof known>[0]) => reasonsOf(known(change)).map(({ kind }) => kind);
const saidOf = (change: Parameters<typeof known>[0]) => reasonsOf(known(change)).map(({ explanation }) => explanation);

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
    rejection: { kind: 'wrong-mode', path: '/scripts/x.sh', mode: 0o755 },
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
    expect(kindsOf({ facts: failed, currentRun: running(60, { isOverdue: true }) })).toEqual(['hung']);
    expect(kindsOf({ facts: failed, currentRun: running(2) })).toEqual(['exit-status']);
    expect(kindsOf({ facts: failed, script: script('x.sh', { isSettled: false }) })).toEqual([
      'being-written',
      'exit-status',
    ]);
    expect(kindsOf({ facts: failed, sameName: ['/scripts/x.sh', '/scripts/x.rb', '/scripts/x'] })).toEqual([
      'exit-status',
      'name-collision',
    ]);
  });
});

describe('a run that is still running', () => {
  test('one of another day has its date', () => {
    expect(saidOf({ currentRun: running(86_400 + 7, { isOverdue: true }) })[0]).toMatch(
      /^still running since 2026-11-24 11:59:53 \(pid 47\), longer than overdue_after \(5s\); /,
    );
  });
  test('one whose process id is not known yet offers no command', () => {
    expect(saidOf({ currentRun: running(6, { isOverdue: true, pid: null, skips: 2 }) })).toEqual([
      'still running since 11:59:54, longer than overdue_after (5s); the agent never ends it',
      '2 ticks in a row were skipped: its last run is still running; it runs again once that has ended',
    ]);
  });
  test('one of a former agent that is young has not taken longer than its share', () => {
    expect(saidOf({ currentRun: running(2, { isOverdue: true }) })[0]).toMatch(
      /^still running since 11:59:58 \(pid 47\); the agent never /,
    );
  });
});

test('a run that is not overdue is in the way of the next ticks, or waits for its turn', () => {
  expect(saidOf({ currentRun: running(61, { skips: 2 }) })).toEqual([
    '2 ticks in a row were skipped: its last run is still running since 11:58:59; raise interval under [plugin:x]',
  ]);
  const slots = 'with more slots it waits less: raise max_concurrency under [agent]';
  const waiting = running(61, { state: 'waiting', pid: null });
  expect(saidOf({ currentRun: waiting })).toEqual([`it waits for a slot since 11:58:59; ${slots}`]);
  expect(saidOf({ currentRun: { ...waiting, skips: 1 } })).toEqual([
    `1 tick was skipped: it waits for a slot since 11:58:59; ${slots}`,
  ]);
  expect(saidOf({ facts: facts(null), currentRun: running(3) })).toEqual([
    'its first run since the agent started is still running',
  ]);
});

test('a rejected script is rejected for what the permission check says, with its commands', () => {
  const path = '/scripts/x.sh';
  const reasonsFor = (rejection: PluginRejection) =>
    reasonsOf(known({ script: script('x.sh', { rejection, advice: adviceOnScript(rejection) }) }));
  expect(reasonsFor({ kind: 'wrong-mode', path, mode: 0o644 })).toMatchObject([
    { kind: 'not-executable', commands: ["chmod 0700 '/scripts/x.sh'"] },
  ]);
  expect(reasonsFor({ kind: 'wrong-mode', path, mode: 0o4700 })).toMatchObject([{ kind: 'wrong-mode' }]);
  expect(reasonsFor({ kind: 'wrong-owner', path, uid: 1, agentUid: 2 })).toMatchObject([{ kind: 'wrong-owner' }]);
  expect(reasonsFor({ kind: 'dangling-link', path })).toMatchObject([{ kind: 'unreadable' }]);
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

test('stderr is pointed at where there is some, and the script had begun', () => {
  const failed = { ...goodRun, failure: failure('it failed'), samples: 0 };
  const said = (ending: Ending) =>
    saidOf({ script: script('x y.sh'), facts: facts({ ...failed, ending }, { stderr: ['a'] }) });
  expect(said({ kind: 'exited', status: 1 })).toEqual([
    "it failed; its stderr is in its status; instrument_server status 'x y.sh'",
  ]);
  expect(said({ kind: 'not-started', code: 'ENOENT', cause: 'other' })).toEqual(['it failed']);
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

test('samples that the host has are counted among the lines, and named', () => {
  const run = { ...goodRun, samples: 1, badLines: 1, takenByHost: { count: 2, names: ['h.cpu.user', 'h.cpu.idle'] } };
  expect(saidOf({ facts: facts(run) })).toEqual([
    '1 of 4 lines is not a sample',
    "2 samples have names of the host's own metrics (h.cpu.user, h.cpu.idle), and the host's are sent; " +
      'rename the script, here to x_sh, or set host_metrics = false under [agent]; ' +
      "mv -n '/scripts/x.sh' '/scripts/x_sh.sh'",
  ]);
});

describe('the command against a name that several share', () => {
  const command = (file: string) => {
    const [said = ''] = saidOf({ script: script(file), sameName: [`/scripts/${file}`, '/scripts/other'] });
    return said.slice(said.indexOf('rename one'));
  };
  test.each([
    ['a.sh', "rename one, here to a_sh; mv -n '/scripts/a.sh' '/scripts/a_sh.sh'"],
    ['a', "rename one, here to a_2; mv -n '/scripts/a' '/scripts/a_2'"],
    ['a.', "rename one, here to a_2; mv -n '/scripts/a.' '/scripts/a_2'"],
    ['a.b.c', "rename one, here to a.b_c; mv -n '/scripts/a.b.c' '/scripts/a.b_c.c'"],
    ['a\nb.sh', `rename one, here to a_b_sh; mv -n "$(printf '\\057`],
  ])('of %j', (file, said) => {
    expect(command(file).startsWith(said)).toBe(true);
  });
});

test('every explanation is one line, whatever a script is called and prints', () => {
  const run = { ...goodRun, samples: 0 };
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.boolean(), (name, text, isBad) => {
      const firstBadLines: BadLine[] = isBad ? [{ line: 1, text, reason: 'bad-name', hint: 'no' }] : [];
      const file = pluginFile(`x${name}`);
      const judged = { ...script('x'), plugin: { ...script('x').plugin, file, path: `/s/${file}` } };
      const lines = saidOf({
        script: judged,
        facts: facts({ ...run, badLines: firstBadLines.length, firstBadLines }, { stderr: [text] }),
        sameName: ['/s/y'],
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
