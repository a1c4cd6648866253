import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotate } from '../../src/formats/annotate.ts';
import { summaryWalk } from '../../src/formats/native.ts';
import { atOnce } from '../../src/io/walk.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { hintedPlugin } from '../helpers/hinted-plugin.ts';
import { fixture } from '../helpers/install-plugin.ts';

const context = { prefix: 'h.p', endedAtS: unixSeconds(1_700_000_000), truncated: false };
const annotated = (text: string | Uint8Array, mostLines = 1000, truncated = false) =>
  annotate(typeof text === 'string' ? Buffer.from(text) : text, { ...context, truncated }, mostLines, hintedPlugin());

test('the lines of another format have the verdicts of its reader', () => {
  const { lines, samples, badLines } = annotate(
    Buffer.from('a 1\nb NaN\nc{ 2\n'),
    context,
    9,
    hintedPlugin(),
    'prometheus',
  );
  expect(lines.map(({ verdict }) => verdict.kind)).toEqual(['sample', 'nothing', 'bad-line']);
  expect([samples, badLines]).toEqual([1, 1]);
});

test('an output of which nothing can be read in its format says what else it looks like', () => {
  const looksLike = (text: string) =>
    annotate(Buffer.from(text), context, 9, hintedPlugin('/p', { format: 'opentsdb' })).looksLike?.kind ?? null;
  expect(looksLike('LOAD OK - x|a=1\n')).toBe('nagios');
  expect(looksLike('LOAD OK - x|a=1\na.b 1700000000 1 x=y\n')).toBeNull();
});

test('a check that gives its state alone says whether its text is that of Prometheus', () => {
  const looksLike = (text: string) =>
    annotate(Buffer.from(text), context, 9, hintedPlugin('/p', { format: 'nagios' })).looksLike?.kind ?? null;
  expect(looksLike('\n# TYPE up gauge\nup 1\n')).toBe('prometheus');
  expect(looksLike('# HELP up Up, say|so.\nup{a="b"} 1\n')).toBe('prometheus');
  expect(looksLike('# TYPE up gauge\nup 1|a=1\n')).toBeNull();
  expect(looksLike('0 a - all is well\n')).toBeNull();
});

test('each line is shown with its verdict', () => {
  expect(annotated('a 1\n\nb 1,5\r\nc.d 2.5 1600000000\n').lines).toEqual([
    { line: 1, text: 'a 1', verdict: { kind: 'sample', metric: 'h.p.a', value: 1, atS: 1_700_000_000 } },
    { line: 2, text: '', verdict: { kind: 'blank' } },
    {
      line: 3,
      text: 'b 1,5',
      verdict: { kind: 'bad-line', reason: 'decimal-comma', hint: 'write 1.5, or run with LC_ALL=C' },
    },
    {
      line: 4,
      text: 'c.d 2.5 1600000000',
      verdict: { kind: 'sample', metric: 'h.p.c.d', value: 2.5, atS: 1_600_000_000 },
    },
  ]);
});

test('lines after those that are shown are counted, and so are their samples and bad lines', () => {
  expect(annotated('a 1\nb 2\nc x\nd 4\n', 2)).toMatchObject({
    lines: [{ line: 1 }, { line: 2 }],
    moreLines: 2,
    samples: 3,
    badLines: 1,
  });
});

test('the last line of an output that was cut has no verdict', () => {
  expect(annotated('a 1\nb 1234', 10, true).lines.at(-1)).toEqual({
    line: 2,
    text: 'b 1234',
    verdict: { kind: 'cut' },
  });
});

test('carriage returns before the line end are not shown', () => {
  expect(annotated('a 1\r\r\nb\r\rc\r\r\r\n\r\r').lines.map(({ text }) => text)).toEqual(['a 1', 'b\r\rc', '']);
});

test('a long line is shown by its beginning', () => {
  expect([...(annotated(`${'ä'.repeat(100_000)} 1\n`).lines[0]?.text ?? '')]).toHaveLength(500);
});

describe('it agrees with the parser', () => {
  for (const name of readdirSync(fixture('output'))) {
    test(`on ${name}`, () => {
      const stdout = readFileSync(join(fixture('output'), name, 'stdout'));
      const { samples, badLines } = atOnce(summaryWalk([stdout], context));
      expect(annotated(stdout, 1e6)).toMatchObject({ samples, badLines: badLines.count });
    });
  }

  test('on any bytes', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom('a 1', 'b 1,5', '\r', '', 'x y z 1', '\t'));
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), fc.uint8Array({ maxLength: 20 }), (lines, truncated, rest) => {
        const stdout = Buffer.concat([Buffer.from(lines.join('\n')), rest]);
        const { lines: shown, samples, badLines } = annotated(stdout, 1e6, truncated);
        const kinds = shown.map(({ verdict }) => verdict.kind);
        const summary = atOnce(summaryWalk([stdout], { ...context, truncated }));
        expect([samples, badLines]).toEqual([summary.samples, summary.badLines.count]);
        expect(kinds.filter((kind) => kind === 'sample')).toHaveLength(samples);
        expect(kinds.filter((kind) => kind === 'bad-line')).toHaveLength(badLines);
      }),
    );
  });
});
