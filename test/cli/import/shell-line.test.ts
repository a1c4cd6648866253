import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isReadAlike, joinWords, readQuotedWords, readShellLine } from '../../../src/cli/import/shell-line.ts';
import { command } from '../../../src/config/word-values.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

/** The words that the agent makes of a value of `command`. */
function wordsOfAgent(value: string): readonly string[] {
  const parsed = command.parse(value, { folder: '/', home: '/', origin: 'x.ini:1' });
  if (!parsed.ok) throw new Error(`${value}: ${parsed.error.wrong}`);
  return parsed.value;
}

/** The words that /bin/sh makes of the ends of these lines, in an empty folder. */
function wordsOfShell(lines: readonly string[], cwd: string): readonly (readonly string[])[] {
  const script = lines.map((line) => `printf '<%s>\\0' ${line}\nprintf '\\001'\n`).join('');
  const options = { cwd, env: { PATH: '/nonexistent' }, encoding: 'utf8', input: script } as const;
  const { stdout, stderr } = spawnSync('/bin/sh', ['-s'], options);
  expect(stderr).toBe('');
  return stdout
    .split('\x01')
    .slice(0, -1)
    .map((words) =>
      words
        .split('\0')
        .slice(0, -1)
        .map((word) => word.slice(1, -1)),
    );
}

const pieces = [
  'a',
  'b',
  '-w',
  '20%',
  ' ',
  ' ',
  '\t',
  "'",
  "'",
  '"',
  '"',
  '\\',
  '$',
  '`',
  ';',
  '|',
  '&',
  '<',
  '*',
  '?',
  '~',
  '#',
  '=',
  'é',
  '\u00a0',
];
const lines = fc
  .array(fc.constantFrom(...pieces), { maxLength: 14 })
  .map((all) => all.join(''))
  .filter((line) => !line.endsWith('\\')); // it would join the next line of the script

test('a line of mere words is split as /bin/sh splits it', () => {
  const cwd = tempDir();
  const read = fc.sample(lines, 3000).flatMap((line) => {
    const found = readShellLine(`x ${line}`);
    return found.kind === 'words' && found.words.length > 1 ? [{ line, words: found.words.slice(1) }] : [];
  });
  expect(read.length).toBeGreaterThan(100);
  const byShell = wordsOfShell(
    read.map(({ line }) => line),
    cwd,
  );
  expect(read.map(({ line }, index) => ({ line, words: byShell[index] }))).toEqual(read);
  expect(readShellLine('x a\\')).toEqual({ kind: 'words', words: ['x', 'a\\'] });
  expect(readdirSync(cwd)).toEqual([]);
  const alike = read.filter(({ line }) => isReadAlike(line));
  expect(alike.length).toBeGreaterThan(50);
  expect(alike.map(({ line }) => wordsOfAgent(`/bin/x ${line}`).slice(1))).toEqual(alike.map(({ words }) => words));
});

test('words that were joined are read back by /bin/sh, and by the agent without a shell', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom(...pieces), maxLength: 6 }), { minLength: 1, maxLength: 4 });
  const all = fc.sample(words, 2000);
  const joined = all.map(joinWords);
  expect(joined.map((line) => wordsOfAgent(`/bin/x ${line}`).slice(1))).toEqual(all);
  expect(joined.map(readQuotedWords)).toEqual(all.map((each) => ({ kind: 'words', words: each })));
  expect(wordsOfShell(joined, tempDir())).toEqual(all);
});

test.each([
  ['/bin/a | b', 'a pipe'],
  ['/bin/a; b', ';'],
  ['/bin/a && b', '&'],
  ['/bin/a 2>&1', 'a redirection'],
  ['/bin/a $(b)', '$(…)'],
  ['/bin/a "$(b)"', '$(…)'],
  ['/bin/a `b`', 'backquotes'],
  ['/bin/a $HOME', 'a variable'],
  ['/bin/a "$x"', 'a variable'],
  ['/bin/a /tmp/*', 'a pattern of file names'],
  ['/bin/a ~/x', '~'],
  ['/bin/a # b', 'a comment'],
  ['(/bin/a)', 'a subshell'],
  ['LC_ALL=C /bin/a', 'LC_ALL=…'],
  ['cd /tmp', 'cd'],
])('%s needs a shell, because of %s', (line, what) => {
  expect(readShellLine(line)).toEqual({ kind: 'syntax', what });
});

test.each([
  ["/bin/a '$x | y' b~ a#b \\; \\\"", ['/bin/a', '$x | y', 'b~', 'a#b', ';', '"']],
  ['/bin/a "b \\" \\x" \'\' ""', ['/bin/a', 'b " \\x', '', '']],
  ['/bin/a 50$ "5$"', ['/bin/a', '50$', '5$']],
])('%s has the words %j', (line, words) => {
  expect(readShellLine(line)).toEqual({ kind: 'words', words });
});

test('without a shell, what has a meaning to one is text', () => {
  expect(readQuotedWords('/bin/a | $b *')).toEqual({ kind: 'words', words: ['/bin/a', '|', '$b', '*'] });
});

test.each(["a 'b", 'a "b', 'a "b\\"'])('a quote in %s is not closed', (line) => {
  expect(readShellLine(line)).toEqual({ kind: 'unclosed' });
});

test('only backslashes and unusual white space are read otherwise by the agent', () => {
  expect(isReadAlike('/bin/a \'b\' "c"\td')).toBe(true);
  for (const line of ['a\\ b', 'a\u00a0b', 'a\nb']) expect(isReadAlike(line)).toBe(false);
});
