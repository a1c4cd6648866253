import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errnoOf, execFailure, quoted } from '../../src/io/shell-words.ts';

test('a quoted word is read by the shell as it was, whatever is in it', () => {
  const word = fc.string({
    unit: fc.oneof(fc.constantFrom(...`'"\\\`$!*?~#;&|<>(){}[] \n\t-=`), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })),
  });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 50 }), (random) => {
      const words = random.map((one) => one.replaceAll('\0', ''));
      const read = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(quoted).join(' ')}`], { encoding: 'utf8' });
      expect(read.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});

describe('the errno behind the words', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['not found', 'ENOENT'],
    ['/bin/sh: 1: cannot open /x: No such file', 'ENOENT'],
    ['/bin/sh: line 1: /x: No such file or directory', 'ENOENT'],
    ['Permission denied', 'EACCES'],
    ['Text file busy', 'ETXTBSY'],
    ['/bin/sh: 2: Cannot fork', 'EAGAIN'],
    ['/bin/sh: fork: retry: Resource temporarily unavailable', 'EAGAIN'],
    ['Too many open files in system', 'ENFILE'],
    ['Too many open files', 'EMFILE'],
    ['Argument list too long', 'E2BIG'],
    ['Too many levels of symbolic links', 'ELOOP'],
    ['Too many symbolic links', 'ELOOP'],
    ['Exec format error', 'ENOEXEC'],
    ['Out of space', 'ENOMEM'],
    ['Cannot allocate memory', 'ENOMEM'],
    ["mkfifo: cannot create fifo '/x': No space left on device", 'ENOSPC'],
    ['Read-only file system', 'EROFS'],
    ['Input/output error', 'EIO'],
    ["EMFILE: too many open files, open '/x'", 'EMFILE'],
    ['spawn /bin/sh EAGAIN', 'EAGAIN'],
    ['spawn EPERM', 'EPERM'],
    ['something that nobody has heard of', 'EUNKNOWN'],
    ['', 'EUNKNOWN'],
  ];
  for (const [words, code] of rows) {
    test(`${JSON.stringify(words)} is ${code}`, () => {
      expect(errnoOf(words)).toBe(code);
    });
  }
});

describe('a script that the shell could not execute', () => {
  const path = '/scripts/p.sh';
  const rows: readonly (readonly [number, string, string | null])[] = [
    [127, `/bin/sh: 1: exec: ${path}: not found\n`, 'not found'],
    [126, `/bin/sh: 12: exec: ${path}: Permission denied\n`, 'Permission denied'],
    [126, `/bin/sh: 3: exec: ${path}: Text file busy`, 'Text file busy'],
    [127, `/bin/sh: line 1: ${path}: cannot execute: required file not found\nmore\n`, 'cannot execute: required file not found'],
    [
      126,
      `/bin/sh: line 4: ${path}: /no/such: bad interpreter: No such file or directory\n`,
      '/no/such: bad interpreter: No such file or directory',
    ],
    [
      126,
      `/bin/sh: ${path}: /bin/sh: bad interpreter: Text file busy\n/bin/sh: line 3: ${path}: Success\n`,
      '/bin/sh: bad interpreter: Text file busy',
    ],
    [127, '', null],
    [127, '/bin/sh: 1: nosuchcommand: not found\n', null],
    [127, `${path}: 1: nosuchcommand: not found\n`, null],
    [127, `something else\n/bin/sh: 1: exec: ${path}: not found\n`, null],
    [1, `/bin/sh: 1: exec: ${path}: not found\n`, null],
    [0, `/bin/sh: 1: exec: ${path}: not found\n`, null],
  ];
  for (const [status, head, reason] of rows) {
    test(`${reason === null ? 'is not' : 'is'} behind ${status} and ${JSON.stringify(head)}`, () => {
      expect(execFailure(path, status, head)).toBe(reason);
    });
  }
});
