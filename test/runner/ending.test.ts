import { describe, expect, test } from 'vitest';
import type { Exit } from '../../src/io/process/launch/launcher.ts';
import type { Ending } from '../../src/model/run.ts';
import { judgeExit, statusOf } from '../../src/runner/ending.ts';
import { explanationOf } from '../../src/words/explanation.ts';

const path = "/scripts/it's.sh";

function detailOf(
  code: string,
  firstLine: string | null,
  { failedAt = 'exec' as 'exec' | 'set-up', words = `words of ${code}\n` } = {},
): string {
  const { ending, failure } = judgeExit({ kind: 'not-started', failedAt, code, words }, path, firstLine);
  expect(ending).toMatchObject({ kind: 'not-started', code });
  if (failure === null) throw new Error('a script that did not start has no advice');
  return explanationOf(failure);
}

test('an exit is an ending as it stands', () => {
  const exits: Exit[] = [
    { kind: 'exited', status: 3 },
    { kind: 'signaled', signal: 'SIGKILL', status: 137 },
    { kind: 'unknown' },
  ];
  for (const exit of exits) expect(judgeExit(exit, path, '#!/bin/sh').ending).toEqual(exit);
});

describe('the next run is given', () => {
  const rows: readonly (readonly [Ending, number | null])[] = [
    [{ kind: 'exited', status: 0 }, 0],
    [{ kind: 'exited', status: 255 }, 255],
    [{ kind: 'signaled', signal: 'SIGTERM', status: 143 }, 143],
    [{ kind: 'not-started', code: 'ENOENT', cause: 'other' }, null],
    [{ kind: 'unknown' }, null],
  ];
  for (const [ending, status] of rows) {
    test(`${status === null ? 'nothing' : status} of ${JSON.stringify(ending)}`, () => {
      expect(statusOf(ending)).toBe(status);
    });
  }
});

describe('why a run gave no samples', () => {
  const rows: readonly (readonly [Exit, RegExp])[] = [
    [{ kind: 'exited', status: 3 }, /exited with status 3, so its output was not sent$/],
    [
      { kind: 'exited', status: 126 },
      /exited with status 126.*126 usually means that a command may not be executed: look at its stderr/,
    ],
    [
      { kind: 'exited', status: 127 },
      /exited with status 127.*127 usually means that a command was not found: look at its stderr, and at PATH/,
    ],
    [{ kind: 'signaled', signal: 'SIGKILL', status: 137 }, /ended by SIGKILL.*\(the agent sends no signal\).*not sent/],
    [
      { kind: 'not-started', failedAt: 'exec', code: 'EIO', words: 'the disk' },
      /could not start it \(EIO\): the disk; look /,
    ],
    [{ kind: 'unknown' }, /how it ended is not known.*not sent/],
  ];
  for (const [exit, says] of rows) {
    test(`is said of ${JSON.stringify(exit)} in one line`, () => {
      const { failure } = judgeExit(exit, path, null);
      const explanation = failure && explanationOf(failure);
      expect(explanation).toMatch(says);
      expect(explanation).not.toContain('\n');
    });
  }

  test('is nothing after a status that is a state, and names the states after any other', () => {
    const states = { last: 3, of: 'a Nagios check' };
    const failureOf = (exit: Exit) => judgeExit(exit, path, '#!/bin/sh', null, states).failure;
    for (const status of [0, 1, 2, 3]) expect(failureOf({ kind: 'exited', status })).toBeNull();
    expect(failureOf({ kind: 'exited', status: 4 })?.sentence).toBe(
      'it exited with status 4, which is no state of a Nagios check (0 to 3), so its output was not sent',
    );
    expect(failureOf({ kind: 'signaled', signal: 'SIGTERM', status: 143 })?.kind).toBe('signal');
    expect(failureOf({ kind: 'unknown' })?.kind).toBe('ending-unknown');
  });

  test('is nothing after exit 0', () => {
    expect(judgeExit({ kind: 'exited', status: 0 }, path, null).failure).toBeNull();
  });

  test('an unknown kind of ending is refused', () => {
    expect(() => Reflect.apply(judgeExit, undefined, [{ kind: 'new' }, path, null])).toThrow('a case was forgotten');
  });
});

describe('a script that was not started is explained with the cause and the cure', () => {
  const rows: readonly (readonly [string, string | null, RegExp, RegExp])[] = [
    ['ENOENT', null, /went away before it could begin \(ENOENT\)/, /./],
    [
      'ENOENT',
      '#!/usr/bin/ruby1.9',
      /interpreter \/usr\/bin\/ruby1\.9 does not exist \(ENOENT\)/,
      /install it, or correct the #! line of/,
    ],
    [
      'ENOENT',
      `#!/${'x'.repeat(125)}`,
      /does not exist \(ENOENT\), or its path is cut: before Linux 5\.1 .* 127 bytes/,
      /install it/,
    ],
    ['ENOENT', '#! /usr/bin/env -S x', /interpreter \/usr\/bin\/env does not exist/, /install it/],
    ['ENOENT', '#!/bin/sh\r', /ends in CRLF.*'\/bin\/sh\\r'/, /sed -i 's\/\\r\$\/\/'/],
    ['ENOENT', '\r', /ends in CRLF/, /sed -i/],
    ['ENOENT', '\x7fELF', /something missing \(ENOENT\)/, /the loader or a library/],
    [
      'EACCES',
      '#!/bin/sh',
      /refuses to execute it \(EACCES\): its interpreter is not executable, or .* noexec/,
      /try it by hand/,
    ],
    ['ETXTBSY', '#!/bin/sh', /open for writing \(ETXTBSY\)/, /runs at the next tick after that is closed/],
    ['ENOEXEC', '\0\0', /does not know its format \(ENOEXEC\)/, /built for another machine, or lacks its #! line/],
    ['E2BIG', '#!/bin/sh', /environment is larger than the system allows \(E2BIG\)/, /shorten \[env\]/],
    ['EAGAIN', '#!/bin/sh', /no room for another process \(EAGAIN\)/, /ulimit -u/],
    ['ENOMEM', '#!/bin/sh', /no room for another process \(ENOMEM\)/, /memory/],
    ['EMFILE', '#!/bin/sh', /no file descriptors are left \(EMFILE\)/, /LimitNOFILE=.*ulimit -n/],
    ['ENFILE', '#!/bin/sh', /no file descriptors are left on this host \(ENFILE\)/, /fs\.file-max/],
    [
      'ENOSPC',
      '#!/bin/sh',
      /no room is left for its pipes \(ENOSPC\): words of ENOSPC/,
      /make room in the state directory, or .* -t DIR/,
    ],
    ['ELOOP', '#!/bin/sh', /could not start it \(ELOOP\): words of ELOOP/, /look whether/],
    ['EUNKNOWN', '#!/bin/sh', /could not start it \(EUNKNOWN\): words of EUNKNOWN/, /look whether/],
  ];
  for (const [code, firstLine, cause, cure] of rows) {
    test(`${code} with the first line ${JSON.stringify(firstLine)}`, () => {
      const detail = detailOf(code, firstLine);
      expect(detail).toMatch(cause);
      expect(detail).toMatch(cure);
      expect(detail).not.toContain('\n');
    });
  }

  for (const code of ['ENOENT', 'EACCES', 'ENOEXEC', 'ETXTBSY']) {
    test(`${code} of what it needs to begin is not blamed on the script`, () => {
      const detail = detailOf(code, '#!/bin/sh', {
        failedAt: 'set-up',
        words: '/bin/sh: 1: cannot open /state/outputs/x: its reason\n',
      });
      expect(detail).toMatch(
        /^the system could not start it \(\w+\): .*cannot open \/state\/outputs\/x: its reason; look whether .*-t DIR/,
      );
    });
  }
});

describe('a command in such a sentence can be typed as it stands', () => {
  test('whatever the name of the script', () => {
    for (const [code, firstLine] of [
      ['ENOENT', '#!/bin/sh\r'],
      ['ENOENT', '#!/no/such'],
      ['EACCES', '#!/bin/sh'],
    ] as const) {
      expect(detailOf(code, firstLine)).toContain(`'/scripts/it'\\''s.sh'`);
    }
  });
});
