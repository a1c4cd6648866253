import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIni } from '../../src/config/ini.ts';
import { formatProblem } from '../../src/config/problem.ts';

/** Section, key and value of each entry, and the problems as text. */
function read(text: string): { entries: string[][]; problems: string[] } {
  const { entries, problems } = parseIni(text, 'x.ini');
  return {
    entries: entries.map(({ section, key, value }) => [section, key, value]),
    problems: problems.map(formatProblem),
  };
}

/** The value of `k = TEXT`, or the one problem it has. */
function valueFor(text: string): string {
  const { entries, problems } = read(`[s]\nk =${text}`);
  expect(entries.length + problems.length).toBe(1);
  return entries[0]?.[2] ?? `problem: ${problems[0]}`;
}

test('each entry carries its section, its file and its line', () => {
  expect(parseIni('; note\n\n[agent]\n  hostname = a \n[log]\nlevel=info', 'x.ini')).toEqual({
    entries: [
      { section: 'agent', key: 'hostname', value: 'a', file: 'x.ini', line: 4 },
      { section: 'log', key: 'level', value: 'info', file: 'x.ini', line: 6 },
    ],
    sections: [
      { section: 'agent', file: 'x.ini', line: 3 },
      { section: 'log', file: 'x.ini', line: 5 },
    ],
    problems: [],
  });
});

test('a file written on Windows, with a byte order mark and CRLF, reads as any other', () => {
  expect(read('\uFEFF[s]\r\na = 1\r\n\r\nb = 2 ; note\r\n')).toEqual({
    entries: [
      ['s', 'a', '1'],
      ['s', 'b', '2'],
    ],
    problems: [],
  });
});

test('a dot in a section name is part of the name, and a comment may stand behind the section', () => {
  expect(read('[plugin:with.ext] ; note\na = 1\n[ s ]   # note\nb = 2').entries).toEqual([
    ['plugin:with.ext', 'a', '1'],
    ['s', 'b', '2'],
  ]);
});

test('a section that comes twice continues where it ended', () => {
  expect(read('[s]\na = 1\n[t]\na = 2\n[s]\nb = 3')).toEqual({
    entries: [
      ['s', 'a', '1'],
      ['t', 'a', '2'],
      ['s', 'b', '3'],
    ],
    problems: [],
  });
});

test('a key that comes twice in a section is a problem that names both lines, also when the section was left in between', () => {
  expect(read('[s]\na = 1\n[t]\n[s]\na = 2')).toEqual({
    entries: [['s', 'a', '1']],
    problems: ['x.ini:5: a: is given twice in [s], on line 2 and on line 5; remove one of the two lines'],
  });
});

test.each([
  [' plain ', 'plain'],
  ['', ''],
  ['   ; note', ''],
  [' a ; note', 'a'],
  [' a\t# note ; more', 'a'],
  [' a=b=c', 'a=b=c'],
  [' it\'s "so"', 'it\'s "so"'],
  [' "a#b;c"', 'a#b;c'],
  [' "a" ; note', 'a'],
  [' "  a  "', '  a  '],
  [' ""', ''],
  [" ''", ''],
  [' "say \\"x\\" \\\\ \\u00e9"', 'say "x" \\ é'],
  [" '1e3'", '1e3'],
  [' \'"\\n"\'', '"\\n"'],
  [' "1.0"', '1.0'],
  [' true', 'true'],
  [' false', 'false'],
  [' null', 'null'],
  [' "null"', 'null'],
  [' a\\;b\\#c\\\\d\\e', 'a;b#c\\d\\e'],
  [' C:\\dir\\', 'C:\\dir\\'],
])('`k =%s` has the value `%s`', (text, value) => {
  expect(valueFor(text)).toBe(value);
});

test.each([
  [' ab#c', 'the value holds `#` or `;` without white space before it'],
  [' http://x/#top', 'the value holds `#` or `;` without white space before it'],
  ['; note', 'the value holds `#` or `;` without white space before it'],
  [' #ff0000', 'the value begins with `#` or `;`, which begins a comment'],
  [' "abc', 'the closing quote is missing'],
  [" '", 'the closing quote is missing'],
  [' "a"b', 'something follows the closing quote'],
  [' "a"; note', 'something follows the closing quote'],
  [" 'it's'", 'something follows the closing quote'],
  [' "C:\\path"', 'the quoted value holds a tab or an unknown escape'],
  [' "a\tb"', 'the quoted value holds a tab or an unknown escape'],
  [' a\u0000b', 'this line holds a control character or bytes that are not UTF-8'],
  [' "a\u001bb"', 'this line holds a control character or bytes that are not UTF-8'],
  [' a\u2028b', 'this line holds a control character or bytes that are not UTF-8'],
  [' a\uFFFDb', 'this line holds a control character or bytes that are not UTF-8'],
])('`k =%s` is a problem', (text, wrong) => {
  expect(valueFor(text)).toContain(`problem: x.ini:2: k: ${wrong}; `);
});

test.each([
  ['key: 1', 'x.ini:2: key: is followed by `:`; expected `key = value`'],
  ['key: a = b', 'x.ini:2: key: is followed by `:`; expected `key = value`'],
  ['key', 'x.ini:2: this line has no `=`; expected `key = value`, `[section]` or `; comment`'],
  [
    '= 1',
    'x.ini:2: there is no key before `=`; expected `key = value`, the key made of letters, digits, `_`, `.` and `-`',
  ],
  [
    'a[] = 1',
    'x.ini:2: the text before `=` is not a key; expected `key = value`, the key made of letters, digits, `_`, `.` and `-`',
  ],
  [
    'a b = 1',
    'x.ini:2: the text before `=` is not a key; expected `key = value`, the key made of letters, digits, `_`, `.` and `-`',
  ],
])('the line `%s` is a problem', (line, problem) => {
  expect(read(`[s]\n${line}`)).toEqual({ entries: [], problems: [problem] });
});

test.each([
  ['  [t]', '[t] is indented'],
  ['[t];note', 'this is not a section'],
  ['[t] note', 'this is not a section'],
  ['[t', 'this is not a section'],
  ['[]', 'the section has no name'],
  ['[', 'this is not a section'],
  ['[a\u0000]', 'this line holds a control character or bytes that are not UTF-8'],
])('the section line `%s` is a problem, and only that: it opens its section all the same', (line, wrong) => {
  const { entries, problems } = read(`[s]\na = 1\n${line}\na = 1`);
  expect(problems.map((problem) => problem.split('; ')[0])).toEqual([`x.ini:3: ${wrong}`]);
  expect(entries).toHaveLength(2);
});

test('a key before the first section is a problem and does not hide a section of its name', () => {
  expect(read('a = 1\n[a]\nb = 2')).toEqual({
    entries: [['a', 'b', '2']],
    problems: ['x.ini:1: a: stands before the first section; expected a line such as `[agent]` above it'],
  });
});

test('a key or section named like a part of JavaScript is kept as any other', () => {
  expect(read('[__proto__]\nconstructor = 1\n[s]\n__proto__ = 2').entries).toEqual([
    ['__proto__', 'constructor', '1'],
    ['s', '__proto__', '2'],
  ]);
});

const mark = fc.constantFrom(
  '[',
  ']',
  '=',
  ';',
  '#',
  '"',
  "'",
  '\\',
  ':',
  '\n',
  '\r',
  '\t',
  ' ',
  '.',
  'a',
  '\0',
  '\u2028',
  '__proto__',
  '[s]\n',
  'k = ',
);

test('whatever the text, each line with content becomes a section, an entry or a problem', () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(mark), fc.array(fc.string({ unit: 'binary' }))), (parts) => {
      const text = parts.join('');
      const { entries, sections, problems } = parseIni(text, 'x.ini');
      const told = new Set(
        [...entries, ...sections].map(({ line }) => `x.ini:${line}`).concat(problems.map(({ where }) => where)),
      );
      const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
      const withContent = lines.flatMap((line, index) => (/^\s*([;#]|$)/.test(line) ? [] : [`x.ini:${index + 1}`]));
      expect([...told].sort()).toEqual(withContent.sort());
    }),
    { numRuns: 1000 },
  );
});

test('a value in double quotes survives, with a comment behind it or not', () => {
  const printable = fc.string({ unit: 'grapheme' }).filter((value) => !/[\p{Cc}\u2028\u2029\uFFFD]/u.test(value));
  fc.assert(
    fc.property(printable, fc.constantFrom('', ' ; note', '\t# "note"'), (value, comment) => {
      expect(valueFor(` ${JSON.stringify(value)}${comment}`)).toBe(value);
    }),
  );
});

test('a value in single quotes survives letter for letter', () => {
  const printable = fc.string({ unit: 'grapheme' }).filter((value) => !/['\p{Cc}\u2028\u2029\uFFFD]/u.test(value));
  fc.assert(
    fc.property(printable, (value) => {
      expect(valueFor(`'${value}'`)).toBe(value);
    }),
  );
});

test('no problem repeats the value it is about', () => {
  const junk = fc
    .array(fc.constantFrom(';', '#', '"', "'", '\\', '\0', ' ', 'a', '=', ':'))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.constantFrom('api_key', 'api_key =', 'api_key:', 'api key =', '"api_key"='),
      junk,
      junk,
      (key, before, after) => {
        const problems = parseIni(`[s]\napi_key = 1\n${key} ${before}SECRET${after}`, 'x.ini').problems;
        expect(JSON.stringify(problems)).not.toContain('SECRET');
      },
    ),
    { numRuns: 500 },
  );
});
