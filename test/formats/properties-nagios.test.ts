import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { segment } from '../../src/formats/dotted.ts';
import { textLines } from '../../src/formats/foreign.ts';
import { readNagios } from '../../src/formats/nagios.ts';
import { goldenContext } from './cases.ts';
import { expectLinearText } from './linear-time.ts';
import { expectSameInPieces, readText } from './text-properties.ts';

const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const unit = fc.constantFrom('', '', '%', 'B', 'kB', 'ms', 's', 'c', '°C', 'B/s');
const thresholds = fc
  .string({ unit: fc.constantFrom(...'0123456789.,:~@;-x') })
  .map((text) => (text ? `;${text}` : ''));
const bare = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-./\\:,%é'), minLength: 1 });
const quoted = fc.string({ unit: fc.constantFrom(..."ab '=;|\t/.é"), minLength: 1 });
const label = fc.oneof(
  bare.map((text) => ({ text, printed: text })),
  quoted.map((text) => ({ text, printed: `'${text.replaceAll("'", "''")}'` })),
);
const entryLike = fc.string({ unit: fc.constantFrom(...`ab=1.5,e+-;'"|U%/\t é`), maxLength: 20 });

describe('nagios', () => {
  test('performance data that is printed by the rules comes back exactly, with the state last', () => {
    const entries = fc.uniqueArray(fc.record({ label, value, unit, thresholds }), {
      selector: (entry) => segment(entry.label.text),
      maxLength: 20,
    });
    fc.assert(
      fc.property(entries, fc.constantFrom(' ', '  ', '\t'), fc.integer({ min: 0, max: 3 }), (all, gap, status) => {
        const printed = all.map((entry) => `${entry.label.printed}=${entry.value}${entry.unit}${entry.thresholds}`);
        const { samples, series, bad } = readText('nagios', `OK |${printed.join(gap)}`, { ...goldenContext, status });
        expect(samples).toEqual([...all.map((entry) => [segment(entry.label.text), entry.value]), ['state', status]]);
        expect(series.slice(0, -1).map((found) => [found?.kind, found?.unit])).toEqual(
          all.map((entry) =>
            entry.unit === '' ? [undefined, undefined] : entry.unit === 'c' ? ['counter', ''] : ['gauge', entry.unit],
          ),
        );
        expect(bad).toBe(0);
      }),
    );
  });

  test('an entry is one sample, one bad line or nothing, on any line and after any other entry', () => {
    fc.assert(
      fc.property(entryLike, fc.constantFrom('OK|', 'OK\ntext |', 'OK|\n|\n', 'OK|z=1 '), (text, start) => {
        const entry = `'${text.replace(/['\t ]/g, '')}`.slice(fc.hash(text) % 2 === 0 ? 1 : 0);
        const { samples, bad } = readText('nagios', start + entry);
        const others = start.includes('z=1') ? 2 : 1;
        expect(samples.length - others + bad).toBeLessThanOrEqual(1);
        expect(samples.at(-1)).toEqual(['state', 0]);
      }),
    );
  });

  test('a text that says how a check is called is one bad entry, and is passed over in small steps', () => {
    const stdout = Buffer.from(`Usage: check_x|${'a '.repeat(10_000)}`);
    const found = [...readNagios(textLines([stdout], false), { ...goldenContext, status: 3 })];
    expect(found.filter((one) => one?.kind === 'bad')).toHaveLength(1);
    expect(found.filter((one) => one === null).length).toBeGreaterThan(9000);
  });

  test('a long line is read like short ones', () => {
    fc.assert(
      fc.property(fc.array(entryLike), (entries) => {
        const line = entries.join(' ');
        const [short, long] = ['', ' '.repeat(60_000)].map((gap) => readText('nagios', `OK|${gap}${line}`));
        expect(long).toEqual(short);
      }),
    );
  });
});

describe('checkmk', () => {
  test('a service that is printed by the rules comes back exactly', () => {
    const metrics = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_]{1,9}$/), value), {
      selector: ([name]) => name,
      maxLength: 5,
    });
    const name = fc.oneof(fc.stringMatching(/^[a-z_]{1,9}$/), fc.stringMatching(/^"[a-z_ /.]{1,9}"$/));
    fc.assert(
      fc.property(name, metrics, fc.constantFrom('0', '1', '2', '3', 'P'), (service, all, status) => {
        const wanted = all.filter(([metric]) => metric !== 'state');
        const printed = wanted.map(([metric, number]) => `${metric}=${number};1;2`).join('|') || '-';
        const { samples, bad } = readText('checkmk', `${status} ${service} ${printed} x=5|y`);
        const prefix = segment(service.replaceAll('"', ''));
        const state = status === 'P' ? [] : [[`${prefix}.state`, Number(status)]];
        expect(samples).toEqual([...wanted.map(([metric, number]) => [`${prefix}.${metric}`, number]), ...state]);
        expect(bad).toBe(0);
      }),
    );
  });

  test('a metric is one sample, one bad line or nothing, and a line without a state has none', () => {
    fc.assert(
      fc.property(entryLike, (text) => {
        const metric = text.replace(/[|\t ]/g, '') || '-';
        const { samples, bad } = readText('checkmk', `1 a ${metric} text`);
        expect(samples.length - 1 + bad).toBeLessThanOrEqual(1);
        const other = readText('checkmk', `x${text}`);
        expect([other.samples.length, other.bad]).toEqual([0, 1]);
      }),
    );
  });
});

describe.each(['nagios', 'checkmk'] as const)('%s', (format) => {
  const line = fc.string({ unit: fc.constantFrom(...`OK|=a1 .;'"P02\n\r\té`) });

  test('an output gives the same in pieces of any size', () => {
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 1, max: 20 }), (lines, size) => {
        expectSameInPieces(format, Buffer.from(lines.join('\n')), size);
      }),
    );
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (stdout) => {
        expectSameInPieces(format, stdout, 300);
      }),
    );
  });

  test.each([
    ['OK|', 'a=1 '],
    ['OK|', 'a=1;'],
    ['OK|', "'a "],
    ['OK|', "'''b ''c "],
    ['OK|', "'a b"],
    ['OK|', '='],
    ['OK|', "a='"],
    ['OK|', '1'],
    ['OK|a=', '1'],
    ['OK|a=', '1,'],
    ['OK|a=', '1e'],
    ['OK|a=1', 'x'],
    ['OK|a=1', ' '],
    ['OK|', ';'],
    ['', '|'],
    ['', ' '],
    ['', 'é'],
    ['', 'a|b\n'],
    ['0 "', 'a '],
    ['0 a ', 'a=1|'],
    ['0 a ', '|'],
    ['0 a a=', '1'],
    ['0 a - ', '\\n'],
    ['', 'cached('],
    ['cached(1', '1'],
    ['', '0 a - x\n'],
  ])('%j and much of %j are read in linear time', (start, piece) => {
    expectLinearText(format, start, piece);
  });
});
