import { expect, test } from 'vitest';
import { annotate } from '../../src/formats/annotate.ts';
import { annotateForeign } from '../../src/formats/annotate-foreign.ts';
import type { Format, FormatFinding } from '../../src/formats/format.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import type { Series } from '../../src/model/series.ts';
import { hintedPlugin } from '../helpers/hinted-plugin.ts';

const endedAtS = unixSeconds(1_700_000_000);
const context = { prefix: 'h.p', endedAtS, truncated: false };
const series: Series = { family: 'f', labels: [['a', '1']], kind: 'counter', unit: 'B' };

/**
 * A format in which each word is a finding: `a=1` a sample, `a=1!` one with a series, `a=NaN` none,
 * `"a"` a message, and anything else is bad. A line that begins with # is a comment.
 */
const words: Format = function* (lines) {
  for (const { text } of lines) {
    if (text.startsWith('#') || text.trim() === '') yield null;
    else for (const word of text.split(' ')) yield findingOf(word);
  }
};

function findingOf(word: string): FormatFinding {
  const [, name, value, mark] = /^(\w+)=(\d+|NaN)(!?)$/.exec(word) ?? [];
  if (word.startsWith('"')) return { kind: 'message', text: word };
  if (name === undefined) return { kind: 'bad', reason: 'bad-syntax', hint: `${word} is odd` };
  if (value === 'NaN') return { kind: 'not-finite' };
  return { kind: 'sample', name, value: Number(value), atS: null, series: mark === '!' ? series : null };
}

const annotated = (text: string, mostLines = 100, truncated = false) =>
  annotateForeign(words, Buffer.from(text), { ...context, truncated }, mostLines);

test('a line with one sample or one bad part is shown as in the own format, a series beside it', () => {
  expect(annotated('a=1\nb=2!\nx\n')).toStrictEqual({
    lines: [
      { line: 1, text: 'a=1', verdict: { kind: 'sample', metric: 'h.p.a', value: 1, atS: endedAtS } },
      { line: 2, text: 'b=2!', verdict: { kind: 'sample', metric: 'h.p.b', value: 2, atS: endedAtS, series } },
      { line: 3, text: 'x', verdict: { kind: 'bad-line', reason: 'bad-syntax', hint: 'x is odd' } },
    ],
    moreLines: 0,
    samples: 2,
    badLines: 1,
    notFinite: 0,
    message: null,
    looksLike: null,
    duplicate: null,
  });
});

test('a line with several is shown with all of them, a line with none as nothing', () => {
  expect(annotated('a=1 x b=2!\n# a comment\n \nc=NaN\nd=1 d=2\n').lines.map(({ verdict }) => verdict)).toStrictEqual([
    {
      kind: 'several',
      samples: [
        { metric: 'h.p.a', value: 1, atS: endedAtS },
        { metric: 'h.p.b', value: 2, atS: endedAtS, series },
      ],
      badLines: [{ reason: 'bad-syntax', hint: 'x is odd' }],
      moreSamples: 0,
      moreBadLines: 0,
    },
    { kind: 'nothing' },
    { kind: 'blank' },
    { kind: 'nothing' },
    {
      kind: 'several',
      samples: [{ metric: 'h.p.d', value: 1, atS: endedAtS }],
      badLines: [{ reason: 'duplicate', hint: expect.stringContaining('d came before') }],
      moreSamples: 0,
      moreBadLines: 0,
    },
  ]);
});

test('values that are not finite are counted, and the first message is kept', () => {
  expect(annotated('"first" a=NaN\n"second" b=NaN\n')).toMatchObject({ notFinite: 2, message: '"first"', samples: 0 });
});

test('of a line with many, the first twenty of each kind are kept, and all are counted', () => {
  const many = Array.from({ length: 25 }, (_, index) => `m${index}=1 x${index}`).join(' ');
  const { lines, samples, badLines } = annotated(`${many}\n`);
  expect([samples, badLines]).toEqual([25, 25]);
  expect(lines[0]?.verdict).toMatchObject({
    kind: 'several',
    samples: { length: 20, 19: { metric: 'h.p.m19' } },
    badLines: { length: 20, 19: { hint: 'x19 is odd' } },
    moreSamples: 5,
    moreBadLines: 5,
  });
});

test('lines after those that are shown are counted, and so is what they hold', () => {
  expect(annotated('a=1\nb=2 c=3 x\nd=4\n', 1)).toMatchObject({
    lines: [{ line: 1 }],
    moreLines: 2,
    samples: 4,
    badLines: 1,
  });
});

test('the last line of an output that was cut has no verdict', () => {
  expect(annotated('a=1\nb=2', 10, true).lines.at(-1)).toEqual({ line: 2, text: 'b=2', verdict: { kind: 'cut' } });
});

test('annotate reads an output in the format that it is given', () => {
  const inFormat = (format: 'native' | 'value') => annotate(Buffer.from('12.5\n'), context, 10, hintedPlugin(), format);
  expect(inFormat('value')).toMatchObject({
    lines: [{ verdict: { kind: 'sample', metric: 'h.p', value: 12.5 } }],
    notFinite: 0,
    message: null,
  });
  const native = inFormat('native');
  expect(native).toMatchObject({ lines: [{ verdict: { kind: 'bad-line', reason: 'too-few-words' } }] });
  expect(Object.keys(native)).toEqual(['lines', 'moreLines', 'samples', 'badLines', 'looksLike', 'duplicate']);
});

test('thousands of lines with nothing in them are passed', () => {
  expect(annotated(`${'#\n'.repeat(3000)}a=1\n`, 2)).toMatchObject({ samples: 1, badLines: 0, moreLines: 2999 });
});
