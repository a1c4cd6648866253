import { describe, expect, test } from 'vitest';
import { isProgram, isShellText, shebangTrouble } from '../../src/words/shebang.ts';

const mark = '\u00ef\u00bb\u00bf';

describe('a first line', () => {
  test.each([
    ['#!/bin/sh', true, false],
    [`${mark}#!/bin/sh`, true, false],
    ['\u007fELF\u0002\0', true, false],
    ['# notes', false, true],
    ['', false, true],
    ['\0\u0001', false, false],
  ])('%j: a program is %s, for the shell is %s', (line, program, forShell) => {
    expect([isProgram(line), isShellText(line)]).toEqual([program, forShell]);
  });

  test.each([
    ['a.sh', '#!/bin/sh'],
    ['a', 'echo'],
    ['a.sh', 'echo'],
    ['.py', 'echo'],
    ['with.py/a', 'echo'],
    ['a.py', '\u007fELF\0'],
    ['a.py', `${mark}\0`],
    ['a', `#!/bin/${'x'.repeat(248)}`],
  ])('of %s, %j, has no trouble', (file, line) => {
    expect(shebangTrouble(`/s/${file}`, line)).toBeNull();
  });

  test.each([
    ['a', `#!/bin/${'x'.repeat(249)}`, 'long-shebang', true],
    ['a', `#! /bin/sh ${'x'.repeat(300)}`, 'long-shebang', false],
    ['a', `${mark}#!/bin/sh`, 'byte-order-mark', true],
    ['a', `${mark}echo`, 'byte-order-mark', true],
    ['a.py', 'import os', 'no-shebang', true],
    ['a.rb', 'puts 1', 'no-shebang', true],
    ['a.pl', 'print 1', 'no-shebang', true],
    ['a.js', 'x()', 'no-shebang', true],
    ['a.b.php', '<?php', 'no-shebang', true],
  ] as const)('of %s, %j, has the trouble %s; the shell runs it: %s', (file, line, kind, forShell) => {
    expect(shebangTrouble(`/s/${file}`, line)).toMatchObject({ kind, runsInShell: forShell });
  });
});
