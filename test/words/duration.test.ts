import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationRange, roughDuration, shortDuration } from '../../src/words/duration.ts';

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

test.each([
  [0.4, '0 ms'],
  [480, '480 ms'],
  [1000, '1 s'],
  [6249, '6.2 s'],
  [7004, '7 s'],
  [9949, '9.9 s'],
  [9950, '10 s'],
  [59_400, '59 s'],
  [59_600, '1m'],
  [125_000, '2m 5s'],
])('%d ms are said as %s', (ms, text) => {
  expect(roughDuration(ms)).toBe(text);
});

test.each([
  [5000, 7004, '5 to 7 s'],
  [7004, 7020, '7 s'],
  [480, 510, '480 to 510 ms'],
  [480, 1200, '480 ms to 1.2 s'],
  [48_000, 61_000, '48 s to 1m 1s'],
  [61_000, 3_600_000, '1m 1s to 1h'],
])('from %d to %d ms are %s', (shortest, longest, text) => {
  expect(durationRange(shortest, longest)).toBe(text);
});
