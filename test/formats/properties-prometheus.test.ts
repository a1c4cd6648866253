import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readForeign } from '../../src/formats/foreign.ts';
import { readPrometheus } from '../../src/formats/prometheus.ts';
import type { Label } from '../../src/model/series.ts';
import { foundIn, goldenContext } from './cases.ts';
import { expectLinear } from './linear-time.ts';
import { anyCuts, expectOneFindingALine, expectSameInChunks } from './properties.ts';

const bits = [
  ...'{}="\\,#. \t\r\n:_-+0159eEaNx',
  ...['NaN', 'Inf', '# TYPE a counter\n', '# UNIT a s\n', '{a="b"}', '{"a.b"}', ' 1\n', 'a_total', ' # {', 'é', '\n\n'],
];
const anyText = fc.array(fc.constantFrom(...bits), { maxLength: 60 }).map((parts) => parts.join(''));

const blanks = fc.stringMatching(/^[ \t]{0,2}$/);
const gap = fc.stringMatching(/^[ \t]{1,2}$/);
const plainName = fc.stringMatching(/^[A-Za-z_:][A-Za-z0-9_:]{0,12}$/);
const anyName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((name) => /[^.]/.test(name));
const labelName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const anyValue = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'\\"\nn,}= ') }));
const labels = fc.uniqueArray(
  fc.tuple(fc.oneof(labelName, anyName), anyValue).filter(([name]) => name !== '__name__'),
  { selector: ([name]) => name, maxLength: 5 },
);
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

/** A valid line, printed with blanks anywhere, and what it means. */
const anyLine = fc
  .record({
    name: fc.oneof(plainName, anyName),
    labels,
    value: number,
    atMs: fc.option(fc.integer({ min: 1e12, max: 1.8e12 })),
    hasComma: fc.boolean(),
    exemplar: fc.constantFrom('', ' # {a="b"} 1', '#{} 2 3'),
    blank: blanks,
    gap,
  })
  .map((line) => ({ ...line, text: printed(line) }));

function printed(line: {
  name: string;
  labels: readonly Label[];
  value: number;
  atMs: number | null;
  hasComma: boolean;
  exemplar: string;
  blank: string;
  gap: string;
}): string {
  const { blank: b } = line;
  const isPlain = /^[A-Za-z_:][A-Za-z0-9_:]*$/.test(line.name);
  const inBraces = [
    ...(isPlain ? [] : [quoted(line.name)]),
    ...line.labels.map(([name, value]) => {
      const label = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quoted(name);
      return `${label}${b}=${b}${quoted(value)}`;
    }),
  ];
  const comma = line.hasComma && inBraces.length > 0 ? `,${b}` : '';
  const braces = inBraces.length > 0 ? `{${b}${inBraces.join(`${b},${b}`)}${b}${comma}}` : '';
  const time = line.atMs === null ? '' : `${line.gap}${line.atMs}`;
  const exemplar = line.exemplar === '' ? '' : line.gap + line.exemplar;
  return `${b}${isPlain ? line.name : ''}${b}${braces}${line.gap}${line.value}${time}${exemplar}${b}`;
}

function quoted(text: string): string {
  const escaped = text.replace(/["\\\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
  return `"${escaped}"`;
}

describe('an output in the text format', () => {
  test('has one sample, one bad line or nothing on each line', () => {
    fc.assert(fc.property(anyText, (text) => expectOneFindingALine(readPrometheus, Buffer.from(text))));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectOneFindingALine(readPrometheus, bytes)));
  });

  test('gives the same in chunks of any size', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          anyLine.map(({ text }) => text),
        ),
        anyCuts,
        (text, cuts) => expectSameInChunks(readPrometheus, Buffer.from(text), cuts),
      ),
    );
  });

  test('that is printed as the format wants it comes back exactly', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        expect(foundIn(readPrometheus, [Buffer.from(line.text)])).toEqual([
          {
            kind: 'sample',
            line: 1,
            sample: {
              metric: expect.stringMatching(/^web1\.p\.[A-Za-z0-9_.-]+$/),
              value: line.value,
              atS: line.atMs === null ? goldenContext.endedAtS : Math.floor(line.atMs / 1000),
              series: {
                family: line.name,
                labels: line.labels.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1)),
                kind: 'gauge',
                unit: '',
              },
            },
          },
        ]);
      }),
      { numRuns: 500 },
    );
  });

  test('has lines that mean the same whatever other lines stand before them', () => {
    const series = fc.constantFrom('a', 'a:b', 'ab', '{"a b"}', '{"a b",x="1"}', 'a b');
    const set = fc.constantFrom(
      '',
      '{x="1"}',
      '{x="1",}',
      '{x="1",y="2"}',
      '{y="2",x="1"}',
      '{x="\\\\"}',
      '{x="1"',
      '{x=""}',
    );
    const rest = fc.constantFrom('', ' 1', ' 2.5e3', '\t7 1800000000000', '7', ' 1 x', ' NaN', ' 12.');
    const line = fc.tuple(series, set, rest).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30, size: 'max' }), (lines) => {
        const found = [...readForeign(readPrometheus, [Buffer.from(lines.join('\n'))], goldenContext, null)];
        const alone = lines.flatMap((text, index) => foundIn(readPrometheus, [Buffer.from('\n'.repeat(index) + text)]));
        expect(found.filter((one) => one !== null)).toEqual(alone);
      }),
    );
  });

  test('may have more families and label sets than are remembered', () => {
    const families = Array.from(
      { length: 10_001 },
      (_, index) => `# TYPE f${index} counter\nf${index}{a="${index}"} 1\n`,
    );
    const again = '# TYPE f0 gauge\nf0{a="x"} 1\n';
    const found = foundIn(readPrometheus, [Buffer.from(families.join('') + again)]);
    const kinds = found.map((one) => (one.kind === 'sample' ? one.sample.series?.kind : one.kind));
    expect(kinds).toEqual([...Array.from({ length: 10_000 }, () => 'counter'), 'gauge', 'gauge']);
  });

  test('may have a family of any length, and a type line of it that is not remembered', () => {
    const name = 'a'.repeat(2000);
    const found = foundIn(readPrometheus, [Buffer.from(`# TYPE ${name} counter\n${name} 1\n`)]);
    expect(found).toMatchObject([{ kind: 'sample', sample: { series: { family: name, kind: 'gauge' } } }]);
  });
});

describe('any output takes time in proportion to its size:', () => {
  const filled =
    (start: string, unit: string, end = '') =>
    (bytes: number) =>
      start + unit.repeat(Math.floor(bytes / unit.length)) + end;

  test.each<[string, (bytes: number) => string]>([
    ['one word', filled('', 'a')],
    ['one name and no value', filled('', 'a', ' ')],
    ['opening braces', filled('a', '{')],
    ['closing braces', filled('a{', '}')],
    ['blanks', filled('a', ' \t')],
    ['blanks in braces', filled('a{', ' ', 'x')],
    ['quotes', filled('a{b="', '"')],
    ['backslashes', filled('a{b="', '\\')],
    ['escaped quotes', filled('a{b="', '\\"', '"} 1')],
    ['labels of a name that is there twice', filled('a{', 'b="c",', '} 1')],
    ['labels without an end', filled('a{', 'b="",')],
    ['labels in quotes', filled('a{', '"b"="c",', '} 1')],
    ['digits', filled('a ', '1', 'x')],
    ['points', filled('a ', '.')],
    ['times', filled('a 1 ', '1')],
    ['exemplars', filled('a 1', ' # {', '')],
    ['carriage returns', filled('a 1', '\r', 'x')],
    ['number signs', filled('', '#')],
    ['a type in quotes', filled('# TYPE "', '\\"')],
    ['short lines', filled('', 'a\n')],
    ['type lines', filled('', '# TYPE a counter\na 1\n')],
    ['lines with unfinished labels', filled('', 'a{b="c",d="e",f="\n')],
    ['lines that almost are plain', filled('', `a{${'b="c",'.repeat(150)}} 1 1 x\n`)],
  ])('%s', (_what, input) => {
    expectLinear((stdout) => void foundIn(readPrometheus, [stdout]), input);
  });

  test('100,000 different labels', () => {
    const text = `a{${Array.from({ length: 100_000 }, (_, index) => `l${(index * 7919) % 100_000}="v"`).join(',')}} 1\n`;
    const found = foundIn(readPrometheus, [Buffer.from(text)]);
    expect(found.map(({ kind }) => kind)).toEqual(['bad-line']);
  });

  test('random bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1024, maxLength: 1024 }), (bytes) => {
        const text = Buffer.concat(Array.from({ length: 256 }, () => Buffer.from(bytes)));
        expect(foundIn(readPrometheus, [text]).length).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 4 },
    );
  });
});
