import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RunQueue } from '../../src/scheduler/run-queue.ts';
import type { QueuePlace } from '../../src/scheduler/turns.ts';

type Item = { readonly name: number; readonly place: QueuePlace };

test('whatever is queued and taken: the next run is behind the earliest begin, of these the shortest, of equals the first that came, and none is lost', () => {
  const place = fc.record({ after: fc.integer({ min: 0, max: 3 }), expectedMs: fc.integer({ min: 0, max: 5 }) });
  const add = fc.array(place, { maxLength: 8 });
  const anyStep = fc.oneof(fc.record({ add }), fc.record({ take: fc.integer({ min: 1, max: 6 }) }));
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
      const queue = new RunQueue<Item>();
      let expected: Item[] = [];
      let names = 0;
      for (const step of steps) {
        if ('add' in step) {
          const items = step.add.map((at, index) => ({ name: names + index, place: at }));
          names += items.length;
          queue.add(items);
          expected = [...expected, ...items].sort(
            ({ place: a, name: first }, { place: b, name: second }) =>
              a.after - b.after || a.expectedMs - b.expectedMs || first - second,
          );
        } else for (let time = 0; time < step.take; time += 1) expect(queue.next()).toEqual(expected.shift());
        expect(queue.size).toBe(expected.length);
      }
    }),
  );
});
