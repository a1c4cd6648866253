import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseKeyFile } from '../../src/config/key-file.ts';
import { formatProblem } from '../../src/config/problem.ts';

const problemsOf = (text: string) => parseKeyFile(text, 'x.yml').problems.map(formatProblem);

/** The key, or the problems. */
function keyIn(text: string): string {
  const { entries, problems } = parseKeyFile(text, 'x.yml');
  return entries[0] && problems.length === 0 ? entries[0].value : `problem: ${problems.map(formatProblem).join('\n')}`;
}

test('the key becomes api_key of the collector, with its file and its line', () => {
  expect(parseKeyFile('# note\n---\n\napi_key: abc\n...\n', 'x.yml')).toEqual({
    entries: [{ section: 'collector', key: 'api_key', value: 'abc', file: 'x.yml', line: 4 }],
    sections: [{ section: 'collector', file: 'x.yml', line: 4 }],
    problems: [],
  });
});

test.each([
  ['api_key: abc', 'abc'],
  ['\uFEFF--- # note\r\napi_key: abc\r\n', 'abc'],
  ['  api_key :\tabc  # note', 'abc'],
  ['api_key: abc#def', 'abc#def'],
  ['api_key: a:b-c?d', 'a:b-c?d'],
  ['api_key: 0123', '0123'],
  ['api_key: "abc"', 'abc'],
  ['api_key: "a#\\"\\\\" # note', 'a#"\\'],
  ["api_key: 'abc' # note", 'abc'],
  ["api_key: 'a''b\\'", "a'b\\"],
  ['api_key: abc # caf\uFFFD', 'abc'],
  ['# caf\uFFFD\napi_key: abc', 'abc'],
])('%j holds the key %s', (text, key) => {
  expect(keyIn(text)).toBe(key);
});

test.each([
  ['', 'x.yml: there is no api_key in it'],
  ['---\n# nothing\n', 'x.yml: there is no api_key in it'],
  ['api_key:', 'x.yml:1: api_key: has no value'],
  ['api_key: # later', 'x.yml:1: api_key: has no value'],
  ['api_key: ~', 'x.yml:1: api_key: has no value'],
  ['api_key: null', 'x.yml:1: api_key: has no value'],
  ['api_key:abc', 'x.yml:1: this line is not understood'],
  ['api_key = abc', 'x.yml:1: this line is not understood'],
  ['abc', 'x.yml:1: this line is not understood'],
  ['- api_key: abc', 'x.yml:1: this line is not understood'],
  ['{api_key: abc}', 'x.yml:1: this line is not understood'],
  ['%YAML 1.1', 'x.yml:1: this line is not understood'],
  ['--- api_key: abc', 'x.yml:1: this line is not understood'],
  ['\n\ncollector: abc', 'x.yml:3: this line has another key than api_key'],
  ['api_key: |', 'x.yml:1: api_key: the value has a special meaning in YAML unless it is quoted'],
  ['api_key: *abc', 'x.yml:1: api_key: the value has a special meaning in YAML unless it is quoted'],
  ['api_key: a: b', 'x.yml:1: api_key: the value has a special meaning in YAML unless it is quoted'],
  ['api_key: - a', 'x.yml:1: api_key: the value has a special meaning in YAML unless it is quoted'],
  [
    'api_key: "abc',
    'x.yml:1: api_key: the closing quote is missing, something follows it, or an escape other than \\" and \\\\ stands before it',
  ],
  [
    'api_key: "a\\n"',
    'x.yml:1: api_key: the closing quote is missing, something follows it, or an escape other than \\" and \\\\ stands before it',
  ],
  [
    "api_key: 'abc'd",
    'x.yml:1: api_key: the closing quote is missing, something follows it, or an escape other than \\" and \\\\ stands before it',
  ],
  ['api_key: caf\uFFFD', 'x.yml:1: api_key: this line holds a control character or bytes that are not UTF-8'],
  ['api_key: "a\0b"', 'x.yml:1: api_key: this line holds a control character or bytes that are not UTF-8'],
])('%j is a problem', (text, problem) => {
  expect(problemsOf(text)).toEqual([`${problem}; expected one line "api_key: KEY"`]);
});

test('a key that is given twice is a problem that names both lines', () => {
  expect(problemsOf('api_key: a\n\napi_key: b')).toEqual([
    'x.yml:3: api_key: is given twice, on line 1 and on line 3; expected one line "api_key: KEY"',
  ]);
});

test('all mistakes are reported at once', () => {
  expect(problemsOf('a: 1\nb\napi_key: c\napi_key: d')).toHaveLength(3);
});

test('whatever the text, it has a key or a problem, and no problem repeats what may be a key', () => {
  const part = fc.constantFrom(
    'api_key',
    ':',
    ' ',
    '\n',
    '#',
    '"',
    "'",
    '\\',
    '-',
    '---',
    '{',
    '[',
    '|',
    '~',
    '\0',
    '\uFFFD',
    '\t',
    'SECRET',
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join('');
      const { entries, problems } = parseKeyFile(text, 'x.yml');
      expect(entries.length + problems.length).toBeGreaterThan(0);
      expect(problems.map(formatProblem).join()).not.toContain('SECRET');
    }),
    { numRuns: 1000 },
  );
});

test('a key in quotes survives letter for letter', () => {
  const printable = fc.string({ unit: 'grapheme' }).filter((key) => !/[\p{Cc}\u2028\u2029\uFFFD]/u.test(key));
  fc.assert(
    fc.property(printable, fc.constantFrom('', ' # note'), (key, comment) => {
      expect(keyIn(`api_key: '${key.replaceAll("'", "''")}'${comment}`)).toBe(key);
      expect(keyIn(`api_key: "${key.replace(/["\\]/g, '\\$&')}"${comment}`)).toBe(key);
    }),
  );
});
