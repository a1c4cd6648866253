import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import { blockSamples, packBlocks, unpackLines } from '../../../src/store/spool/blocks.ts';
import { samplesOf } from '../set-up.ts';

const sample: fc.Arbitrary<Sample> = fc.record({
  metric: fc.stringMatching(/^[A-Za-z0-9_-]{1,9}(\.[A-Za-z0-9_-]{1,9}){0,3}$/).map(metricName),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  atS: fc.integer({ min: 0, max: 4e9 }).map(unixSeconds),
});

test('samples come back from a block unchanged: order, names, times and exact values', () => {
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
