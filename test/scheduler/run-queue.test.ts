import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RunQueue } from '../../src/scheduler/run-queue.ts';

type Item = { readonly name: number; readonly expectedMs: number };

test('whatever is queued and taken: the next run is the shortest, of equals the first that came, and none is lost', () => {
  const add = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 });
  const anyStep = fc.oneof(fc.record({ add }), fc.record({ take: fc.integer({ min: 1, max: 6 }) }));
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
      const queue = new RunQueue<Item>();
      let expected: Item[] = [];
      let names = 0;
      for (const step of steps) {
        if ('add' in step) {
          const items = step.add.map((expectedMs, index) => ({ name: names + index, expectedMs }));
          names += items.length;
          queue.add(items);
          expected = [...expected, ...items].sort((a, b) => a.expectedMs - b.expectedMs || a.name - b.name);
        } else for (let time = 0; time < step.take; time += 1) expect(queue.next()).toEqual(expected.shift());
        expect(queue.size).toBe(expected.length);
      }
    }),
  );
});
