import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWaitingLine } from '../../src/scheduler/line.ts';

type Item = { readonly name: number; readonly expectedMs: number };

test('whatever joins and leaves: the one that takes the shortest goes first, the first come of equals, and none is lost', () => {
  const join = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 });
  const step = fc.oneof(fc.record({ join }), fc.record({ leave: fc.integer({ min: 1, max: 6 }) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const line = createWaitingLine<Item>(({ expectedMs }) => expectedMs);
      let expected: Item[] = [];
      let names = 0;
      for (const what of steps) {
        if ('join' in what) {
          const items = what.join.map((expectedMs, index) => ({ name: names + index, expectedMs }));
          names += items.length;
          line.join(items);
          expected = [...expected, ...items].sort((a, b) => a.expectedMs - b.expectedMs || a.name - b.name);
        } else for (let time = 0; time < what.leave; time += 1) expect(line.next()).toEqual(expected.shift());
        expect(line.length()).toBe(expected.length);
      }
    }),
  );
});
