import { describe, expect, test } from 'vitest';
import { readerOf } from '../../src/formats/reader.ts';
import { atOnce } from '../../src/io/walk.ts';
import { goldenContext } from './cases.ts';

const samplesIn = (all: Iterable<{ readonly value: number } | null>) =>
  [...all].flatMap((sample) => (sample === null ? [] : [sample.value]));

describe.each([3, 1000])('an output of %i lines in another format', (count) => {
  const lines = (start: string) => Array.from({ length: count }, (_, index) => `${start}${index} ${index}\n`).join('');
  const reader = (text: string) =>
    readerOf({ kind: 'bytes', bytes: Buffer.from(text) }, () => [], goldenContext, 'prometheus');

  test('has the same samples before and after its summary, repeated ones left out', () => {
    const { summary, all } = reader(lines('a') + lines('a'));
    const once = Array.from({ length: count }, (_, index) => index);
    expect(samplesIn(all)).toEqual(once);
    expect(atOnce(summary())).toMatchObject({ samples: count, badLines: { count } });
    expect(samplesIn(all)).toEqual(once);
  });

  test('has the same samples before and after its summary if none repeats', () => {
    const { summary, all } = reader(lines('a') + lines('b'));
    const before = samplesIn(all);
    expect(atOnce(summary())).toMatchObject({ samples: 2 * count, badLines: { count: 0 } });
    expect(before).toHaveLength(2 * count);
    expect(samplesIn(all)).toEqual(before);
  });
});

test('lines that are not UTF-8 are bad lines in their places', () => {
  const bytes = Buffer.from('a 1\n\xff 2\n\xff\nb 3\nb 4\n\xff', 'latin1');
  const { summary, all } = readerOf({ kind: 'bytes', bytes }, () => [], goldenContext, 'prometheus');
  expect(samplesIn(all)).toEqual([1, 3]);
  expect(atOnce(summary()).badLines.first.map(({ line, reason }) => [line, reason])).toEqual([
    [2, 'bad-syntax'],
    [3, 'bad-syntax'],
    [5, 'duplicate'],
    [6, 'bad-syntax'],
  ]);
});

test.each([
  ['influx', `m ${'a=1,'.repeat(5000)}a=1`],
  ['prometheus', 'a\n'.repeat(5000)],
] as const)('a reader of samples can pause among thousands of bad ones, as %s', (format, text) => {
  const { all } = readerOf({ kind: 'bytes', bytes: Buffer.from(text) }, () => [], goldenContext, format);
  expect([...all].filter((sample) => sample === null).length).toBeGreaterThan(40);
});

const muchText = 'x'.repeat(65_536);
test.each([
  ['prometheus', `a{b="${muchText}"} 1`],
  ['prometheus', `${'a{b="1",'.repeat(10_000)}} 1`],
  ['graphite', `${'a.'.repeat(40_000)}a 1 -1`],
  ['opentsdb', `${muchText}.a 1799999990 1`],
] as const)('a line of %s that would take long to read is a bad one', (format, text) => {
  const bytes = Buffer.from(`${text}\n`);
  const { summary, all } = readerOf({ kind: 'bytes', bytes }, () => [], goldenContext, format);
  expect(samplesIn(all)).toEqual([]);
  expect(atOnce(summary()).badLines).toMatchObject({
    count: 1,
    first: [{ reason: 'bad-syntax', hint: 'the line has more than 65536 characters' }],
  });
});

test('blanks of any number are a line with nothing in it', () => {
  const bytes = Buffer.from(`${' '.repeat(100_000)}\n`);
  for (const format of ['prometheus', 'graphite', 'opentsdb'] as const)
    expect(atOnce(readerOf({ kind: 'bytes', bytes }, () => [], goldenContext, format).summary()).badLines.count).toBe(
      0,
    );
});
