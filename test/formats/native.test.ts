import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutputContext } from '../../src/formats/format.ts';
import { parseOutput, readWhole, samplesOf, summaryWalk } from '../../src/formats/native.ts';
import { readerOf } from '../../src/formats/reader.ts';
import { atOnce } from '../../src/io/walk.ts';
import type { BadLine } from '../../src/model/bad-line.ts';
import { type Sample, unixSeconds } from '../../src/model/sample.ts';

const context: OutputContext = { prefix: 'web1.app', endedAtS: unixSeconds(1_700_000_000), truncated: false };
const goldens = fileURLToPath(new URL('../../fixtures/output/', import.meta.url));
const bytes = (text: string) => Buffer.from(text, 'latin1');
const samplesIn = (text: string) => [...samplesOf([bytes(text)], context)];

function parsed(stdout: Uint8Array, truncated = false) {
  const samples: (Sample & { line: number })[] = [];
  const badLines: BadLine[] = [];
  for (const found of parseOutput([stdout], { ...context, truncated })) {
    if (found.kind === 'sample') samples.push({ line: found.line, ...found.sample });
    else badLines.push(found.badLine);
  }
  return { samples, badLines };
}

describe('the output of a plugin', () => {
  const cases = readdirSync(goldens);

  test('there are goldens to compare with', () => {
    expect(cases.length).toBeGreaterThanOrEqual(30);
  });

  test.each(cases)('fixtures/output/%s gives exactly its expected.json', (name) => {
    const { looksLike: _, ...expected } = JSON.parse(readFileSync(`${goldens}${name}/expected.json`, 'utf8'));
    const stdout = readFileSync(`${goldens}${name}/stdout`);
    expect({ truncated: expected.truncated, ...parsed(stdout, expected.truncated) }).toEqual(expected);
    expect(atOnce(summaryWalk([stdout], { ...context, truncated: expected.truncated }))).toEqual({
      samples: expected.samples.length,
      badLines: { count: expected.badLines.length, first: expected.badLines.slice(0, 5) },
      unendedBytes: 0,
      notFinite: 0,
      message: null,
    });
  });

  test('every reason why a line can be bad has a golden', () => {
    const seen = cases.flatMap((name) =>
      parsed(readFileSync(`${goldens}${name}/stdout`)).badLines.map((bad) => bad.reason),
    );
    expect([...new Set(seen)].sort()).toEqual(
      ['bad-name', 'bad-time', 'decimal-comma', 'not-a-number', 'not-finite', 'too-few-words', 'too-many-words'].sort(),
    );
  });

  test('samples can be iterated over again with the same result', () => {
    const samples = samplesOf([bytes('a 1\nb two\nc 3\n')], context);
    const first = [...samples];
    expect(first.map((sample) => sample?.metric)).toEqual(['web1.app.a', 'web1.app.c']);
    expect([...samples]).toEqual(first);
  });

  test('a view into a larger buffer is read within its own bounds', () => {
    expect(parsed(bytes('junk a 1\nb 2\n').subarray(5, 8)).samples).toEqual([
      { line: 1, metric: 'web1.app.a', value: 1, atS: 1_700_000_000 },
    ]);
  });

  test('a minus zero is sent as zero', () => {
    expect(samplesIn('a -0\n').map((sample) => Object.is(sample?.value, 0))).toEqual([true]);
  });
});

describe('a hint says what to write', () => {
  const hint = (line: string) => parsed(bytes(line)).badLines[0]?.hint;

  test.each([
    ['a comma for a point', 'load 1,5', 'write 1.5, or run with LC_ALL=C'],
    [
      'a comma that may stand for thousands',
      'load 1,500',
      'write 1.500 (1500 if the comma separates thousands), or run with LC_ALL=C',
    ],
    ['a percent sign', 'load 5%', 'leave out the %: 5'],
    ['a unit', 'load 5ms', 'leave out the unit `ms`: 5'],
    [
      'a unit as a word of its own',
      'load 5 ms',
      'leave out `ms`; a third word is the time in unix seconds, as `date +%s` prints it',
    ],
    ['13 digits of time', 'load 5 1700000000000', 'looks like milliseconds; give seconds'],
    ['a name of two words', 'disk free 12', "a name can't have spaces: disk_free 12"],
    ['NaN with a time', 'load NaN 1700000000', 'print no line while there is no value'],
    ['the time before the value', 'up.total 1699999990 3417', 'the time comes last: up.total 3417 1699999990'],
    [
      'a long word behind the time',
      `up.total 1699999990 ${'1'.repeat(50)}`,
      'the time comes last; a line is NAME VALUE, or NAME VALUE UNIX_TIME',
    ],
    [
      'a small number for a time',
      'load 5 12',
      'that time is before 2001-09-09; a third word is the time in unix seconds, as `date +%s` prints it',
    ],
    ['a word with a time', 'load abc 1700000000', 'a value is a number such as 12, -0.5 or 1.5e3'],
    ['an equals sign', 'load=5', 'put a space between name and value: load 5'],
    ['the value first', '5 load', 'the name comes first: load 5'],
    [
      'a delete character in a name',
      'lo\x7fad 5',
      "a control character can't be in a name; allowed are A-Z a-z 0-9 _ - and single dots between parts",
    ],
  ])('for %s', (_what, line, expected) => {
    expect(hint(line)).toBe(expected);
  });

  test('and never repeats a word that is long or not plain ASCII', () => {
    for (const word of ['9'.repeat(5000), 'x'.repeat(5000), '\xff', '\x1b[31m']) {
      for (const line of [
        word,
        `${word} load`,
        `load ${word},5`,
        `load ${word}%`,
        `load 1 ${word}`,
        `${word}: 1`,
        `a${word} b 3`,
      ]) {
        const given = hint(line) ?? '';
        expect(given.length).toBeLessThan(200);
        expect(given).toMatch(/^[ -~]*$/);
      }
    }
  });
});

describe('properties of the parser', () => {
  const name = fc
    .array(fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/), { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join('.'));
  const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
  const time = fc.option(fc.integer({ min: 1_000_000_000, max: 1_700_086_400 }));
  const blank = fc.stringMatching(/^[ \t]{1,3}$/);
  const wordy = fc.string({ unit: fc.constantFrom(...'ab.-_0159,%eE+\t \r\x00\xff\xa0') });

  test('a sample that is written out reads back as it was', () => {
    const line = fc.tuple(name, value, time, blank, fc.constantFrom('\n', '\r\n', '\r\r\n', '\r\r\r\n'));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.map(([n, v, t, gap, end]) => `${n}${gap}${v}${t === null ? '' : gap + t}${end}`).join('');
        expect(samplesIn(text)).toEqual(
          lines.map(([n, v, t]) => ({ metric: `web1.app.${n}`, value: v, atS: t === null ? context.endedAtS : t })),
        );
      }),
    );
  });

  test('every line that is not blank is a sample or a bad line, once, in order', () => {
    fc.assert(
      fc.property(fc.array(wordy), (lines) => {
        const numbers = [...parseOutput([bytes(lines.join('\n'))], context)].map((found) =>
          found.kind === 'sample' ? found.line : found.badLine.line,
        );
        const expected = lines.flatMap((line, index) => (/^[ \t]*\r*$/.test(line) ? [] : [index + 1]));
        expect(numbers).toEqual(expected);
      }),
    );
  });

  test('no bytes make it throw, and nothing it gives is out of bounds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (stdout, truncated) => {
        const { samples, badLines } = parsed(stdout, truncated);
        expect(samples.every(({ value, atS }) => Number.isFinite(value) && atS >= 1e9 && atS <= 1_700_086_400)).toBe(
          true,
        );
        expect(
          badLines.every((bad) => [...bad.text].length <= 200 && !/\p{Surrogate}/u.test(bad.text) && bad.hint !== ''),
        ).toBe(true);
        expect(atOnce(summaryWalk([stdout], { ...context, truncated }))).toMatchObject({
          samples: samples.length,
          badLines: { count: badLines.length },
        });
      }),
    );
  });

  test('an output gives the same when it is read whole and piece by piece', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(wordy, fc.constant('a 1'), fc.constant('b 2 3'))),
        fc.boolean(),
        fc.boolean(),
        (lines, truncated, isEnded) => {
          const stdout = bytes(lines.join('\n') + (isEnded ? '\n' : ''));
          const all = { ...context, truncated };
          expect(readWhole(stdout, all)).toEqual({
            summary: atOnce(summaryWalk([stdout], all)),
            samples: [...samplesOf([stdout], all)],
          });
        },
      ),
    );
  });

  test.each([1, 64, 1000])('an output of %i lines is read alike in memory and from a file', (count) => {
    const stdout = bytes('a 1\nb two\n'.repeat(count));
    const inMemory = readerOf({ kind: 'bytes', bytes: stdout }, () => [], context, 'native');
    const onDisk = readerOf(
      { kind: 'file', name: 'kept', sizeBytes: stdout.length },
      (name) => (name === 'kept' ? [stdout] : []),
      context,
      'native',
    );
    for (const { summary, all } of [inMemory, onDisk]) {
      expect(atOnce(summary())).toEqual(atOnce(summaryWalk([stdout], context)));
      expect([...all]).toEqual([...samplesOf([stdout], context)]);
    }
  });

  test('a line too long for the fast path is parsed like a short one', () => {
    const padding = ' '.repeat(2000);
    fc.assert(
      fc.property(
        fc.oneof(
          wordy,
          fc.tuple(name, wordy).map((pair) => pair.join(' ')),
        ),
        (line) => {
          const short = parsed(bytes(line));
          const long = parsed(bytes(padding + line));
          expect(long.samples).toEqual(short.samples);
          expect(long.badLines.map(({ reason, hint }) => ({ reason, hint }))).toEqual(
            short.badLines.map(({ reason, hint }) => ({ reason, hint })),
          );
        },
      ),
    );
  });

  test('wherever an output was cut, the whole lines before the cut count and nothing else does', () => {
    fc.assert(
      fc.property(fc.array(wordy), fc.nat(), (lines, at) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const cut = bytes(text.slice(0, at % (text.length + 1)));
        const whole = cut.subarray(0, cut.lastIndexOf('\n') + 1);
        expect(parsed(cut, true)).toEqual(parsed(whole));
      }),
    );
  });
});

describe('an output of the largest size', () => {
  const size = 16 * 1024 * 1024;

  test('may be a single word', () => {
    const { badLines } = atOnce(summaryWalk([Buffer.alloc(size, 'a.')], context));
    expect(badLines).toMatchObject({ count: 1, first: [{ line: 1, reason: 'too-few-words', text: 'a.'.repeat(100) }] });
  });

  test('may be a name, a value or a time of several megabytes', () => {
    const long = (before: string, unit: string, after: string) =>
      Buffer.concat([bytes(before), Buffer.alloc(size / 4, unit), bytes(after)]);
    const summaries = [
      long('', 'a.b-', 'c 1\n'),
      long('load 1', '11', '\n'),
      long('load 1 1', '11', '\n'),
      long('load 1', ' \t', '\r\n'),
    ];
    expect(
      summaries
        .map((stdout) => atOnce(summaryWalk([stdout], context)))
        .map((summary) => [summary.samples, summary.badLines.first[0]?.reason]),
    ).toEqual([
      [1, undefined],
      [0, 'not-finite'],
      [0, 'bad-time'],
      [1, undefined],
    ]);
  });

  test('may be millions of carriage returns', () => {
    const summaries = ['load 1', 'load', ''].map((start) =>
      atOnce(summaryWalk([bytes(start), Buffer.alloc(size / 2, '\r'), bytes('\n')], context)),
    );
    expect(summaries.map(({ samples, badLines }) => [samples, badLines.first[0]?.text])).toEqual([
      [1, undefined],
      [0, 'load'],
      [0, undefined],
    ]);
  });

  test('may be millions of lines; only the first five bad ones are described', () => {
    const { samples, badLines } = atOnce(summaryWalk([Buffer.alloc(size, 'a 1\nb\n\n\n')], context));
    expect([samples, badLines.count]).toEqual([size / 8, size / 8]);
    expect(badLines.first.map((bad) => bad.line)).toEqual([2, 6, 10, 14, 18]);
  });

  test('is read a line at a time, so that a caller may stop early', () => {
    const lines = parseOutput([Buffer.alloc(size, 'a 1\n')], context);
    expect(lines.next().value).toMatchObject({ kind: 'sample', line: 1 });
    expect(lines.return()).toEqual({ done: true, value: undefined });
  });
});

test('an output of many lines without a sample has places to pause, and is summarized in steps', () => {
  const chunks = Array.from({ length: 8 }, () => bytes('\n'.repeat(65_536)));
  const stdout = [...chunks, bytes('a 1\n'), ...Array.from({ length: 4 }, () => bytes('bad\n'.repeat(16_384)))];
  expect([...samplesOf(stdout, context)].map((sample) => sample?.value ?? null)).toEqual([
    ...chunks.map(() => null),
    1,
    ...[1, 2, 3, 4].map(() => null),
  ]);
  const walk = summaryWalk(stdout, context);
  let [steps, next] = [0, walk.next()];
  while (next.done !== true) [steps, next] = [steps + 1, walk.next()];
  expect(steps).toBeGreaterThanOrEqual(8 + 65);
  expect(next.value).toMatchObject({ samples: 1, badLines: { count: 65_536 } });
});
