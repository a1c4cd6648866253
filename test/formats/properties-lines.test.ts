import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Label } from '../../src/model/series.ts';
import { expectLinearText } from './linear-time.ts';
import { expectSameInPieces, readText } from './text-properties.ts';

const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/), { minLength: 1, maxLength: 4 })
  .map((all) => all.join('.'));
const labels = (name: fc.Arbitrary<string>, text: fc.Arbitrary<string>) =>
  fc
    .uniqueArray(fc.tuple(name, text), { selector: ([key]) => key, maxLength: 5 })
    .map((all): readonly Label[] => all.sort(([a], [b]) => (a < b ? -1 : 1)));
const word = fc.stringMatching(/^[A-Za-z0-9_./-]{1,8}$/);
const atS = fc.integer({ min: 1_000_000_000, max: 1_800_000_000 });

describe('influx', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab,= "#.é/'), minLength: 1 });
  const escaped = (part: string) => part.replace(/[,= ]/g, '\\$&');
  const point = fc.record({ measurement: text, tags: labels(text, text), field: text, value, atS });

  test('a point comes back exactly, whatever has to be escaped in it', () => {
    fc.assert(
      fc.property(point, fc.constantFrom('', '000', '000000', '000000000'), (all, finer) => {
        fc.pre(!all.measurement.startsWith('#') && /[^.]/.test(all.measurement));
        const tags = all.tags.map(([name, tag]) => `,${escaped(name)}=${escaped(tag)}`).join('');
        const line = `${escaped(all.measurement)}${tags} ${escaped(all.field)}=${all.value} ${all.atS}${finer}`;
        const { samples, series, times, bad } = readText('influx', line);
        expect([samples[0]?.[1], times, bad]).toEqual([all.value, [all.atS], 0]);
        expect(series[0]).toEqual({
          family: `${all.measurement}_${all.field}`,
          labels: all.tags,
          kind: 'gauge',
          unit: '',
        });
      }),
    );
  });

  test('a line gives a sample, a bad line or nothing for each field, or is one bad line', () => {
    const piece = fc.constantFrom(
      'm',
      ',',
      '=',
      ' ',
      '"',
      '\\',
      '1',
      'i',
      't=1',
      'f=2',
      ',t=v',
      '#',
      'é',
      '1799999990',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const line = pieces.join('');
        const { samples, bad } = readText('influx', line);
        expect(samples.length + bad).toBeLessThanOrEqual(Math.max(1, line.split(',').length));
        expect(
          readText('influx', `a f=1\n${line}\nb f=2`).samples.filter(([name]) => /^[ab]\.f$/.test(name)),
        ).toHaveLength(2);
      }),
      { numRuns: 500 },
    );
  });

  test('a line with a mistake anywhere gives no sample', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(',b', ',b=', ',b="', ' x', ',=1'),
        (count, mistake) => {
          const fields = Array.from({ length: count }, (_, index) => `f${index}=1`).join(',');
          expect(readText('influx', `m ${fields}`)).toMatchObject({ samples: { length: count }, bad: 0 });
          expect(readText('influx', `m ${fields}${mistake}`)).toMatchObject({ samples: [], bad: 1 });
        },
      ),
    );
  });
});

describe('graphite', () => {
  test('a line comes back exactly', () => {
    const time = fc.oneof(
      fc.constantFrom('-1', 'N').map((printed) => ({ printed, atS: 1_800_000_000 })),
      atS.map((seconds) => ({ printed: `${seconds}.9`, atS: seconds })),
    );
    fc.assert(
      fc.property(path, labels(word, word), value, time, (name, tags, number, when) => {
        const printed = `${name}${tags.map(([tag, text]) => `;${tag}=${text}`).join('')}`;
        const found = readText('graphite', `${printed}\t${number} ${when.printed}\r\n`);
        expect([found.samples[0]?.[1], found.times, found.bad]).toEqual([number, [when.atS], 0]);
        expect(found.series).toEqual([
          tags.length === 0 ? undefined : { family: name, labels: tags, kind: 'gauge', unit: '' },
        ]);
        if (tags.length === 0) expect(found.samples[0]?.[0]).toBe(name);
      }),
    );
  });
});

describe('opentsdb', () => {
  test('a line comes back exactly', () => {
    fc.assert(
      fc.property(path, labels(word, word), value, atS, fc.boolean(), (name, tags, number, seconds, isPut) => {
        const words = [name, `${seconds}`, `${number}`, ...tags.map(([tag, text]) => `${tag}=${text}`)];
        const found = readText('opentsdb', `${isPut ? 'put ' : ''}${words.join(' ')}\n`);
        expect([found.samples[0]?.[1], found.times, found.bad]).toEqual([number, [seconds], 0]);
        expect(found.series).toEqual([{ family: name, labels: tags, kind: 'gauge', unit: '' }]);
      }),
    );
  });
});

describe.each(['graphite', 'opentsdb'] as const)('%s', (format) => {
  test('a line that is not blank is one sample or one bad line', () => {
    const piece = fc.constantFrom(
      'a',
      'put',
      '.',
      ';',
      '=',
      ' ',
      '\t',
      '1',
      '-1',
      'N',
      '1799999990',
      ';a=b',
      ' a=b',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const line = pieces.join('');
        const { samples, bad } = readText(format, line);
        expect(samples.length + bad).toBe(line.trim() === '' ? 0 : 1);
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(['influx', 'graphite', 'opentsdb'] as const)('%s', (format) => {
  test('an output gives the same in pieces of any size', () => {
    const piece = fc.constantFrom('a f=1', 'a 1 -1', 'a 1799999990 1 b=c', ',', '=', '"', '\\', '\n', '\r\n', ' ', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 20 }), (pieces, size) => {
        expectSameInPieces(format, Buffer.from(pieces.join('')), size);
      }),
    );
  });

  test('no bytes make it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (stdout) => expectSameInPieces(format, stdout, 300)));
  });
});

test.each([
  ['influx', '', 'm'],
  ['influx', '', '\\'],
  ['influx', 'm', ',t=v'],
  ['influx', 'm,t=', '\\,'],
  ['influx', 'm f="', '\\"'],
  ['influx', 'm f="', 'é'],
  ['influx', 'm ', 'f=1,'],
  ['influx', 'm f=1', ',g="x"'],
  ['influx', 'm f=', '1'],
  ['influx', 'm f=1 ', '1'],
  ['influx', 'm f=1', ' '],
  ['influx', '', 'm f=1\n'],
  ['influx', '', 'm\n'],
  ['graphite', '', 'a'],
  ['graphite', '', '.'],
  ['graphite', '', 'a.'],
  ['graphite', 'a', ';t=v'],
  ['graphite', 'a ', '1'],
  ['graphite', 'a 1 ', '1'],
  ['graphite', '', ' '],
  ['graphite', '', 'a '],
  ['graphite', '', 'a 1 -1\n'],
  ['opentsdb', '', 'a'],
  ['opentsdb', 'a 1799999990 1', ' t=v'],
  ['opentsdb', 'a ', '1'],
  ['opentsdb', 'a 1799999990 ', '1,'],
  ['opentsdb', '', 'put '],
  ['opentsdb', '', 'a 1799999990 1 t=v\n'],
] as const)('%s: %j and much of %j are read in linear time', (format, start, piece) => {
  expectLinearText(format, start, piece);
});

test('a long name is a bad line, also where many fields begin with it', () => {
  const long = 'm'.repeat(2048);
  const { samples, reasons } = readText('influx', `${long.slice(2)} f=1\n${long.slice(1)} f=1\n`);
  expect([samples.length, reasons]).toEqual([1, ['bad-name']]);
  expectLinearText('influx', `${'m'.repeat(300_000)} `, 'f=1,');
  expectLinearText('checkmk', `0 ${'m'.repeat(300_000)} `, 'f=1|');
});
