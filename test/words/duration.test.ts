import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortDuration } from '../../src/words/duration.ts';

const minute = 60;
const hour = 3600;
const day = 86_400;

test.each([
  [0, '0s'],
  [-5, '0s'],
  [0.4, '0s'],
  [0.6, '1s'],
  [12, '12s'],
  [59.6, '1m'],
  [3 * minute + 12, '3m 12s'],
  [hour, '1h'],
  [2 * hour + 5 * minute + 59, '2h 5m'],
  [hour + 7, '1h'],
  [3 * day + 4 * hour + 59 * minute, '3d 4h'],
  [400 * day, '400d'],
])('%d seconds are %s', (seconds, text) => {
  expect(shortDuration(seconds)).toBe(text);
});

test('the text says no more than the span, and less than its smaller unit short of it', () => {
  const sizes: Readonly<Record<string, number>> = { s: 1, m: minute, h: hour, d: day };
  fc.assert(
    fc.property(fc.nat(10_000_000), (seconds) => {
      const parts = shortDuration(seconds).split(' ');
      expect(parts.length).toBeLessThanOrEqual(2);
      const read = parts.reduce(
        (sum, part) => sum + Number.parseInt(part, 10) * (sizes[part.at(-1) ?? ''] ?? Number.NaN),
        0,
      );
      expect(read).toBeLessThanOrEqual(seconds);
      expect(seconds - read).toBeLessThan(seconds < hour ? 1 : seconds < day ? minute : hour);
    }),
  );
});
