import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeenSamples } from '../../src/formats/seen-samples.ts';

test('a sample is new unless one with its name and time came before', () => {
  const sample = fc.tuple(
    fc.string({ unit: fc.constantFrom(...'ab._/é'), maxLength: 4 }),
    fc.integer({ min: 0, max: 2 }),
  );
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 300 }), (samples) => {
      const [seen, model] = [new SeenSamples(), new Set<string>()];
      for (const [name, atS] of samples) {
        expect(seen.isNew(name, atS)).toBe(!model.has(`${atS} ${name}`));
        model.add(`${atS} ${name}`);
      }
    }),
  );
});

test('names that differ in little are told apart, up to 50,000 of them', () => {
  const seen = new SeenSamples();
  const names = Array.from({ length: 60_000 }, (_, index) => `disk.device.sd${index}.used`);
  expect(names.every((name) => seen.isNew(name, 1_800_000_000))).toBe(true);
  expect(names.filter((name) => !seen.isNew(name, 1_800_000_000))).toEqual(names.slice(0, 50_000));
});
