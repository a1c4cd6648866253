import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Snappy } from '../../../src/sinks/prometheus/snappy.ts';
import { unsnap } from '../../helpers/remote-write-request.ts';

const snappy = new Snappy();

test('what was compressed is the same when it is unpacked, also after another input', () => {
  const repeated = fc
    .array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 1, max: 40 })), { maxLength: 30 })
    .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array.from({ length: times }, () => part))));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), repeated), (bytes) => {
      expect(Buffer.from(unsnap(snappy.compress(bytes)))).toEqual(Buffer.from(bytes));
    }),
  );
});

test.each([0, 1, 59, 60, 61, 255, 256, 257, 65_535, 65_536, 65_537, 200_000])(
  '%d bytes that do not repeat, and as many that do, are the same when they are unpacked',
  (length) => {
    let state = 1;
    const mixed = Uint8Array.from({ length }, () => {
      state = Math.imul(state, 1_103_515_245) + 12_345;
      return state >>> 24;
    });
    const same = new Uint8Array(length).fill(7);
    for (const bytes of [mixed, same]) expect(Buffer.compare(unsnap(snappy.compress(bytes)), bytes)).toBe(0);
    expect(snappy.compress(mixed).length).toBeLessThanOrEqual(length + 32 + Math.ceil(length / 6));
  },
);

test('text that repeats becomes a tenth of its size', () => {
  const text = Buffer.from('__name__ host web-1 metric web-1.disks.free '.repeat(1000));
  expect(snappy.compress(text).length).toBeLessThan(text.length / 10);
});

test.each([
  ['', '00'],
  ['abc', '0308616263'],
  ['abcdabcdabcd', '0c0c616263641e0400'],
])('the compressed form of %j is %s', (text, bytes) =>
  expect(snappy.compress(Buffer.from(text)).toString('hex')).toBe(bytes),
);
