import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLoggedAt } from '../../src/log/repeat.ts';

test('trouble in a row is told at its first, 2nd, 4th, 8th … time', () => {
  const told = Array.from({ length: 70 }, (_, n) => n).filter(isLoggedAt);
  expect(told).toEqual([1, 2, 4, 8, 16, 32, 64]);
});

test('however long it lasts, it is told again before it is twice as old', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 20 }), (n) => {
      const next = Array.from({ length: n }, (_, index) => n + index).some(isLoggedAt);
      expect(next).toBe(true);
    }),
    { numRuns: 20 },
  );
});
