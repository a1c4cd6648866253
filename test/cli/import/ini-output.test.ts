import fc from 'fast-check';
import { expect, test } from 'vitest';
import { iniOutput, isIniValue, remarkCount } from '../../../src/cli/import/ini-output.ts';
import { parseIni } from '../../../src/config/ini.ts';

const section = { header: 'plugin:p', remarks: [], notes: [], entries: [], isActive: true };

/** A value as it is read back from the text that is written for it. */
function readBack(value: string) {
  const text = iniOutput({ sections: [{ ...section, entries: [['command', value]] }], plugins: 1 }, 'heading');
  const { entries, problems } = parseIni(text, 'x.ini');
  return { problems, values: entries.map((entry) => [entry.section, entry.key, entry.value]), text };
}

const pieces = [
  '"',
  "'",
  ';',
  '#',
  '%',
  '\\',
  ' ',
  '  ',
  '\t',
  '=',
  '[',
  ']',
  'a',
  '/bin/x',
  'é',
  '日',
  '😀',
  '\u00a0',
  '\u2028',
];
const nasty = fc.oneof(
  fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 12 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }),
);

test('each value of one line is read back exactly, whatever quotes, marks and characters it has', () => {
  fc.assert(
    fc.property(nasty.map((all) => all.join('')).filter(isIniValue), (value) => {
      expect(readBack(value)).toMatchObject({ problems: [], values: [['plugin:p', 'command', value]] });
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['/bin/x -w 20% -c a=b', '/bin/x -w 20% -c a=b'],
  ["/bin/x 'a b'", "/bin/x 'a b'"],
  ['/bin/x "a b"', '/bin/x "a b"'],
  ['/bin/x a\\b "c"', `'/bin/x a\\b "c"'`],
  ["/bin/sh -c 'a; b'", `"/bin/sh -c 'a; b'"`],
  ['', '""'],
])('%s is written as %s', (value, written) => {
  expect(readBack(value).text).toContain(`\ncommand = ${written}\n`);
});

test.each(['a\nb', 'a\rb', 'a\0b', 'a\uFFFDb', 'a\uD800'])('%j can not be a value', (value) => {
  expect(isIniValue(value)).toBe(false);
});

test('whatever a remark, a note or a section that is not active says, it stays a comment', () => {
  const text = iniOutput(
    {
      sections: [
        {
          ...section,
          remarks: ['a\n[plugin:evil]', 'b'],
          notes: ['c\r[plugin:evil]'],
          isActive: false,
          entries: [['command', 'x\u2028[y]']],
        },
        { ...section, header: null },
      ],
      plugins: 0,
    },
    'from \n[plugin:evil]',
  );
  expect(parseIni(text, 'x.ini')).toEqual({ entries: [], sections: [], problems: [] });
  expect(text).toContain('\n;! a\\n[plugin:evil]\n;! b\n; c\\r[plugin:evil]\n; [plugin:p]\n; command = ');
});

test('remarks are counted, and notes are not', () => {
  const sections = [{ ...section, remarks: ['a', 'b'], notes: ['c'] }, section, { ...section, remarks: ['d'] }];
  expect(remarkCount({ sections, plugins: 3 })).toBe(3);
});
