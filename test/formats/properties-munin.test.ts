import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/formats/format.ts';
import { muninFormat, readMunin } from '../../src/formats/munin.ts';
import { muninConfigWalk } from '../../src/formats/munin-config.ts';
import { readMuninValues } from '../../src/formats/munin-rates.ts';
import { atOnce } from '../../src/io/walk.ts';
import { foundIn, goldenContext, linesOf } from './cases.ts';
import { expectLinear } from './linear-time.ts';
import { anyCuts, expectOneFindingALine, expectSameInChunks } from './properties.ts';

const words = [
  ...'.:#NUu \t\r\n-+0159eEa_',
  ...[
    '.value ',
    '.type ',
    '.min ',
    'multigraph ',
    'graph_title x',
    'DERIVE',
    'COUNTER',
    'ABSOLUTE',
    'nan',
    'é',
    'a.value 1\n',
  ],
];
const anyText = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join(''));
const lines = (text: string) => linesOf(Buffer.from(text));
const readConfig = (printed: Iterable<Line>) => atOnce(muninConfigWalk(printed));

/** A reader with any configuration, and any output of the run before. */
const anyFormat = fc.tuple(anyText, fc.option(anyText)).map(([config, previous]) =>
  muninFormat({
    config: readConfig(lines(config)),
    previous: previous === null ? null : readMuninValues(lines(previous), goldenContext.endedAtS - 30),
    endedAtS: goldenContext.endedAtS,
  }),
);

const fieldName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/);
const graphName = fc.array(fieldName, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const gap = fc.stringMatching(/^[ \t]{1,2}$/);
const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const time = fc.option(fc.oneof(fc.constant('N' as const), fc.integer({ min: 1e9, max: 1.8e9 })));
const graph = fc.record({
  name: graphName,
  fields: fc.uniqueArray(fc.record({ name: fieldName, gap, value, time }), {
    selector: ({ name }) => name,
    maxLength: 6,
  }),
});
const graphs = fc.uniqueArray(graph, { selector: ({ name }) => name, maxLength: 4 });

describe('the output of a Munin plugin', () => {
  test('has one sample, one bad line or nothing on each line', () => {
    fc.assert(fc.property(anyFormat, anyText, (format, text) => expectOneFindingALine(format, Buffer.from(text))));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectOneFindingALine(readMunin, bytes)));
  });

  test('gives the same in chunks of any size', () => {
    fc.assert(
      fc.property(anyFormat, anyText, anyCuts, (format, text, cuts) =>
        expectSameInChunks(format, Buffer.from(text), cuts),
      ),
    );
  });

  test('that is printed as Munin wants it comes back exactly', () => {
    fc.assert(
      fc.property(graphs, (all) => {
        const text = all.map(
          ({ name, fields }) =>
            `multigraph ${name}\n` +
            fields
              .map(
                (field) =>
                  `${field.name}.value${field.gap}${field.time === null ? '' : `${field.time}:`}${field.value}\n`,
              )
              .join(''),
        );
        const samples = foundIn(readMunin, [Buffer.from(text.join('\n'))]).map((found) =>
          found.kind === 'sample' ? found.sample : found,
        );
        expect(samples).toEqual(
          all.flatMap(({ name, fields }) =>
            fields.map((field) => ({
              metric: `web1.p.${name}.${field.name}`,
              value: field.value,
              atS: typeof field.time === 'number' ? field.time : goldenContext.endedAtS,
            })),
          ),
        );
      }),
    );
  });

  test('gives the exact rate of counts of any size', () => {
    const count = fc.bigInt({ min: 0n, max: 2n ** 64n });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 500, max: 1e6 }), (before, after, elapsedMs) => {
        const endedAtS = goldenContext.endedAtS + 0.75;
        const beganAtS = endedAtS - elapsedMs / 1000;
        const format = muninFormat({
          config: readConfig(lines('a.type DERIVE')),
          previous: readMuninValues(lines(`a.value ${before}`), beganAtS),
          endedAtS,
        });
        const found = foundIn(format, [Buffer.from(`a.value ${after}`)]);
        const rate = Number(after - before) / (elapsedMs / 1000);
        expect(found).toEqual([
          { kind: 'sample', line: 1, sample: { metric: 'web1.p.a', value: rate, atS: 1_800_000_000 } },
        ]);
      }),
    );
  });

  test('gives no rate over less than half a second: the moment in the run at which it counted is not known', () => {
    const { endedAtS } = goldenContext;
    const config = readConfig(lines('a.type DERIVE'));
    const previous = readMuninValues(lines('a.value 1'), endedAtS - 0.25);
    expect(foundIn(muninFormat({ config, previous, endedAtS }), [Buffer.from('a.value 9000')])).toEqual([]);
  });

  test('may have more fields than are remembered: the later ones are gauges, or have no rate', () => {
    const fields = Array.from({ length: 50_001 }, (_, index) => `f${index}`);
    const config = readConfig(lines(fields.map((name) => `${name}.type COUNTER\n${name}.min 0\n`).join('')));
    const values = fields.map((name) => `${name}.value 60\n`).join('');
    const previous = readMuninValues(lines(values), goldenContext.endedAtS - 30);
    expect([config.fields.size, previous.values.size]).toEqual([50_000, 50_000]);
    const found = foundIn(muninFormat({ config, previous, endedAtS: goldenContext.endedAtS }), [
      Buffer.from(`f49999.value 120\nf50000.value 120\n`),
    ]);
    expect(found.map((one) => one.kind === 'sample' && one.sample.value)).toEqual([2, 120]);
  });
});

describe('the configuration of a Munin plugin', () => {
  test('names the fields that have a type or a bound, and says whether there are values', () => {
    expect(readConfig(lines('graph_title t\na.label a\nb.type COUNTER\nb.min U\nb.max 1e3\nc.min -1.5\n'))).toEqual({
      fields: new Map([
        ['b', { type: 'COUNTER', min: null, max: 1000 }],
        ['c', { type: 'GAUGE', min: -1.5, max: null }],
      ]),
      hasValues: false,
    });
    expect(readConfig(lines('a.label a\na.value U\n')).hasValues).toBe(true);
    expect(readConfig(lines('a.label a\na.value 1\n')).hasValues).toBe(true);
    expect(readConfig(linesOf(Buffer.from('a.label \xff\na.type DERIVE\n', 'latin1'))).fields.size).toBe(1);
  });

  test('has the fields of each graph by the names of their values', () => {
    const config = readConfig(lines('multigraph if.eth0\ndown.type DERIVE\nmultigraph if.eth1\ndown.type ABSOLUTE\n'));
    expect([...config.fields].map(([name, { type }]) => [name, type])).toEqual([
      ['if.eth0.down', 'DERIVE'],
      ['if.eth1.down', 'ABSOLUTE'],
    ]);
  });
});

describe('any output takes time in proportion to its size:', () => {
  const filled =
    (start: string, unit: string, end = '') =>
    (bytes: number) =>
      start + unit.repeat(Math.floor(bytes / unit.length)) + end;
  const { endedAtS } = goldenContext;
  const rates = muninFormat({ config: readConfig(lines('a.type DERIVE\n')), previous: null, endedAtS });

  test.each<[string, (bytes: number) => string]>([
    ['one word', filled('', 'a')],
    ['points', filled('', '.')],
    ['fields of fields', filled('', 'a.', 'value 1')],
    ['blanks', filled('a.value', ' \t', '1 x')],
    ['digits', filled('a.value ', '1', 'x')],
    ['leading zeros', filled('a.value 1\na.value 1799999999:', '0', '1')],
    ['colons', filled('a.value ', '1:')],
    ['a time', filled('a.value ', '1', ':1')],
    ['carriage returns', filled('a.value 1', '\r', 'x')],
    ['graphs', filled('', 'multigraph a\n')],
    ['short values', filled('', 'a.value 1\n')],
    ['long values', filled('', `a.value ${'1'.repeat(600)}x\n`)],
    ['rates of many digits', filled('', `a.value 1799999999:${'1'.repeat(300)}\na.value ${'9'.repeat(300)}\n`)],
  ])('%s', (_what, input) => {
    expectLinear((stdout) => void foundIn(rates, [stdout]), input);
  });
});
