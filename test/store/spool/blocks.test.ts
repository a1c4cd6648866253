import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import type { Series } from '../../../src/model/series.ts';
import { blockSamples, eachSample, packBlocks, packedLine, unpackLines } from '../../../src/store/spool/blocks.ts';
import { anySeries } from '../../helpers/any-series.ts';
import { samplesOf } from '../set-up.ts';

const sample: fc.Arbitrary<Sample> = fc.record(
  {
    metric: fc.stringMatching(/^[A-Za-z0-9_-]{1,9}(\.[A-Za-z0-9_-]{1,9}){0,3}$/).map(metricName),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    atS: fc.integer({ min: 0, max: 4e9 }).map(unixSeconds),
    series: anySeries,
  },
  { requiredKeys: ['metric', 'value', 'atS'], noNullPrototype: true },
);

test('samples come back from a block unchanged: order, names, times, exact values and series', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 50 }), (samples) => {
      const back = [...packBlocks(samples)].flatMap(({ lines }) => unpackLines(lines));
      expect(back.length).toBe(samples.length);
      samples.forEach((one, index) => {
        expect(back[index]).toStrictEqual({ ...one, value: one.value === 0 ? 0 : one.value }); // minus zero is zero
      });
    }),
  );
});

for (const value of [
  0,
  -0,
  1,
  -1.5,
  5e-324,
  -5e-324,
  2 ** -1022,
  1.7976931348623157e308,
  0.1 + 0.2,
  2 ** 53 + 2,
  1e21,
  1e-7,
]) {
  test(`the value ${Object.is(value, -0) ? '-0' : value} survives`, () => {
    const [block] = [...packBlocks(samplesOf([value]))];
    expect(unpackLines(block?.lines ?? '').map((one) => one.value)).toStrictEqual([value === 0 ? 0 : value]);
  });
}

test('no samples make no block', () => {
  expect([...packBlocks([])]).toEqual([]);
  expect(unpackLines('')).toEqual([]);
});

for (const [count, sizes] of [
  [1, [1]],
  [blockSamples, [blockSamples]],
  [blockSamples + 1, [blockSamples, 1]],
  [3 * blockSamples, Array(3).fill(blockSamples)],
] as const) {
  test(`${count} samples make ${sizes.length} block(s) of at most ${blockSamples}`, () => {
    const blocks = [...packBlocks(samplesOf(Array.from({ length: count }, (_, index) => index)))];
    expect(blocks.map(({ samples }) => samples)).toEqual(sizes);
    expect(blocks.map(({ lines }) => unpackLines(lines).length)).toEqual(sizes);
  });
}

test('a block is packed before the samples behind it are read', () => {
  let asked = 0;
  function* endless(): Generator<Sample> {
    for (;;) {
      asked += 1;
      yield* samplesOf([asked]);
    }
  }
  expect(packBlocks(endless()).next().value?.samples).toBe(blockSamples);
  expect(asked).toBe(blockSamples);
});

const series: Series = { family: 'disk bytes', labels: [['device', '/dev/sda1']], kind: 'counter', unit: 'B' };
const withSeries: Sample = { metric: metricName('h.p.d'), value: 7, atS: unixSeconds(1_700_000_000), series };

test('the line of a sample without a series is its name, value and time, and nothing else', () => {
  expect(packedLine('web-1.disk.used_mb', -12.5, 1_700_000_000)).toBe('web-1.disk.used_mb -12.5 1700000000\n');
  expect([...packBlocks(samplesOf([1, 2]))]).toEqual([
    { samples: 2, lines: 'h.p.m 1 1700000000\nh.p.m 2 1700000000\n' },
  ]);
});

test('a series stands behind the time, where an agent that does not know it takes no notice', () => {
  const [block] = [...packBlocks([withSeries, ...samplesOf([1])])];
  expect(block?.lines).toBe('h.p.d 7 1700000000 c,B,disk%20bytes,device,/dev/sda1\nh.p.m 1 1700000000\n');
  const visited: unknown[] = [];
  eachSample(block?.lines ?? '', (...each) => visited.push(each));
  expect(visited).toEqual([
    ['h.p.d', 7, 1_700_000_000, 'c,B,disk%20bytes,device,/dev/sda1'],
    ['h.p.m', 1, 1_700_000_000, ''],
  ]);
});

test.each(['x', 'c,B', 'c,B,f,a', 'c,B,f a,b', 'c,B,f,a,\xff', '', ' ', 'c,B,f,a,b c'])(
  'a sample whose series became %j comes without it',
  (word) => {
    const { series: _, ...bare } = withSeries;
    const lines = `h.p.m 1 1700000000\nh.p.d 7 1700000000 ${word}\nh.p.m 2 1700000000\n`;
    expect(unpackLines(lines)).toStrictEqual([...samplesOf([1]), bare, ...samplesOf([2])]);
  },
);
