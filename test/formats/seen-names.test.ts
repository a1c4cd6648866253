import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeenNames } from '../../src/formats/seen-names.ts';

test('a name is found again with the same time, whatever came between', () => {
  const name = fc.string({ unit: fc.constantFrom(...'ab._-01'), minLength: 1, maxLength: 40 });
  const long = name.map((start) => start + 'x'.repeat(1100));
  const entry = fc.tuple(fc.oneof(name, long), fc.integer({ min: 1_000_000_000, max: 1_000_000_003 }));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 300, size: 'max' }), (entries) => {
      const seen = new SeenNames();
      const known = new Set<string>();
      for (const [metric, atS] of entries) {
        const key = `${atS} ${metric}`;
        expect([key, seen.add(metric, atS)]).toEqual([key, known.has(key)]);
        known.add(key);
      }
    }),
  );
});

test('names that differ in one character of 3,000, or in length, are not taken for each other', () => {
  const seen = new SeenNames();
  const names = Array.from({ length: 3000 }, (_, index) => `${'a'.repeat(index)}b${'a'.repeat(2999 - index)}`);
  expect([...names, 'a', 'aa', 'aaa', ''].filter((name) => seen.add(name, 1))).toEqual([]);
  expect(names.every((name) => seen.add(name, 1))).toBe(true);
});

test('the first 50,000 names are remembered, and those behind them are not', () => {
  const seen = new SeenNames();
  const names = Array.from({ length: 60_000 }, (_, index) => `disk_${index}.read`);
  expect(names.filter((name) => seen.add(name, 1_800_000_000))).toEqual([]);
  expect(names.filter((name) => seen.add(name, 1_800_000_000))).toEqual(names.slice(0, 50_000));
});
