import { describe, expect, test } from 'vitest';
import { adviceOnFirstLine } from '../../src/runner/first-line.ts';

const gnu = '/usr/bin/env: \u2018x\u2019: No such file or directory';
const busybox = "env: can't execute 'x': No such file or directory";

/** The kind and the cause in the advice on a run; null: there is none. */
function cause(status: number, firstLine: string | null, stderr: string | null): readonly [string, string] | null {
  const advice = adviceOnFirstLine(status, "/s/it's", { firstLine, stderr });
  return (
    advice && [advice.kind, advice.sentence.replace(/^it exited with status \d+, so its output was not sent: /, '')]
  );
}

const orInstall = "install it, correct the #! line of '/s/it'\\''s', or set PATH under [env]";

describe('what a run failed by is in its first line', () => {
  test.each([
    [
      '#!/usr/bin/env sh\r',
      127,
      gnu,
      'crlf-interpreter',
      /^its first line ends in CRLF, so env looks for a program 'sh\\r'$/,
    ],
    ['#!/usr/bin/env sh \r', 127, busybox, 'crlf-interpreter', /'sh \\r'$/],
    [
      '#!/usr/bin/env -i sh',
      125,
      'env: invalid option',
      'missing-interpreter',
      /^env gets '-i sh' as one word.*give it -S$/,
    ],
    [
      '#!/usr/bin/env pyhton3',
      127,
      gnu,
      'missing-interpreter',
      /^env finds no program pyhton3 in PATH; did you mean python3\? If not, /,
    ],
    ['#!/usr/bin/env -S ruby1.9 -w', 127, gnu, 'missing-interpreter', /did you mean ruby\?/],
    ['#!/usr/bin/env -S A=1 -i nodd -x', 127, gnu, 'missing-interpreter', /did you mean node\?/],
    ['#! env ruby', 127, busybox, 'missing-interpreter', /^env finds no program ruby in PATH; install it, /],
    ['#!/usr/bin/env we$ird', 127, gnu, 'missing-interpreter', /^env finds no program we\$ird in PATH; install it, /],
    [
      '#!/usr/bin/env ./x',
      126,
      gnu,
      'missing-interpreter',
      /^env may not execute \.\/x; make that executable, or correct the #! line$/,
    ],
    ['#!/bin/bash -e\r', 2, 'bash: -\\r: invalid option', 'crlf-interpreter', /is given the argument '-e\\r'$/],
  ])('%j, status %i', (line, status, stderr, kind, says) => {
    const [told, sentence] = cause(status, line, stderr) ?? [];
    expect([told, sentence]).toEqual([kind, expect.stringMatching(says)]);
  });

  test('and the other ways to mend it are named', () => {
    expect(cause(127, '#!/usr/bin/env ruby', gnu)?.[1]).toBe(`env finds no program ruby in PATH; ${orInstall}`);
  });
});

describe('what a run failed by is not in its first line where', () => {
  test.each([
    ['that can not be read', 127, null, gnu],
    ['the script itself complains', 127, '#!/usr/bin/env sh', 'x: 1: nosuchcommand: not found'],
    ['nothing complains', 127, '#!/usr/bin/env sh', null],
    ['env ran the script, and the status is another', 3, '#!/usr/bin/env sh', gnu],
    ['env was given nothing to run', 127, '#!/usr/bin/env -S A=1', gnu],
    ['env was not given a word of its own', 127, '#!/usr/bin/env', gnu],
    ['env does not know an option', 125, '#!/usr/bin/env -S -y sh', gnu],
    ['an interpreter takes the carriage return', 3, '#!/usr/bin/perl -w\r', 'an option of mine'],
    ['no option is complained of', 2, '#!/usr/bin/perl -w\r', 'it is broken'],
    ['there is an argument, and no carriage return', 2, '#!/bin/sh -e', 'unknown option'],
    ['its arguments are cut, which need not matter', 3, `#!/bin/sh ${'x'.repeat(300)}`, null],
  ])('%s', (_title, status, line, stderr) => {
    expect(cause(status, line, stderr)).toBeNull();
  });
});
