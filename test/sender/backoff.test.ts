import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../../src/sender/backoff.ts';

const limits = { minMs: 1000, maxMs: 30_000 };
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the wait is within its bounds after any number of failures', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), random, (failures, chance) => {
      const ms = backoffMs(failures, chance, limits);
      expect(ms).toBeGreaterThanOrEqual(1000);
      expect(ms).toBeLessThanOrEqual(30_000);
    }),
  );
});

test('the ceiling doubles from 2 s to 30 s, the floor stays at 1 s', () => {
  const almostOne = 1 - Number.EPSILON;
  expect([1, 2, 3, 4, 5, 6].map((failures) => Math.round(backoffMs(failures, almostOne, limits)))).toEqual([
    2000, 4000, 8000, 16_000, 30_000, 30_000,
  ]);
  expect([1, 2, 6].map((failures) => backoffMs(failures, 0, limits))).toEqual([1000, 1000, 1000]);
});

test('two hosts that fail together do not come back together, even after the first failure', () => {
  expect(backoffMs(1, 0.2, limits)).not.toBe(backoffMs(1, 0.7, limits));
});

test('a longest wait below the shortest gives the shortest', () => {
  expect(backoffMs(3, 0.9, { minMs: 1000, maxMs: 10 })).toBe(1000);
});
