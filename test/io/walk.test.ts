import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { atOnce, inSteps, sortWalk, WalkQueue, walkInSteps } from '../../src/io/walk.ts';
import type { Walk } from '../../src/model/walk.ts';

/** Each piece takes longer than a step may. */
function* longWalk(pieces: number, onPiece: () => void = () => {}): Walk<number> {
  for (let piece = 0; piece < pieces; piece += 1) {
    onPiece();
    for (const endMs = performance.now() + 16; performance.now() < endMs; );
    yield;
  }
  return pieces;
}

/** A walk of many short pieces. */
function* shortWalk(): Walk<string> {
  for (let piece = 0; piece < 5; piece += 1) yield;
  return 'done';
}

test('other work has its turn after each step of a walk', async () => {
  const order: string[] = [];
  const walked = inSteps(longWalk(3, () => order.push('piece')));
  for (let other = 0; other < 2; other += 1) {
    await turn();
    order.push('other');
  }
  expect(await walked).toBe(3);
  expect(order).toEqual(['piece', 'piece', 'other', 'piece', 'other']);
});

test('of several walks one does a step at a time, in turn, and a fault in one of them does not stop the others', async () => {
  const order: string[] = [];
  const walks = ['a', 'b', 'c'].map((name) => inSteps(longWalk(3, () => order.push(name))));
  const failing = inSteps(
    (function* (): Walk<void> {
      yield* longWalk(1);
      throw new Error('a fault');
    })(),
  ).catch(() => order.push('failed'));
  for (let other = 0; other < 4; other += 1) {
    await turn();
    order.push('|');
  }
  await Promise.all([...walks, failing]);
  expect(order.join(' ')).toBe('a b c a | b | c | failed | a b c');
});

test('an urgent walk does seven steps for each one of the others, and holds none of them for ever', async () => {
  const order: string[] = [];
  const other = inSteps(longWalk(3, () => order.push('other')));
  const urgent = new WalkQueue<number>('urgent').run('', () => longWalk(16, () => order.push('urgent')));
  await Promise.all([other, urgent]);
  const seven = Array.from({ length: 7 }, () => 'urgent').join(' ');
  expect(order.join(' ')).toBe(`other urgent ${seven} other ${seven} other urgent`);
});

test('a short walk is done at once, and a fault of a walk reaches the caller, in whatever step it is', async () => {
  const done: string[] = [];
  walkInSteps(
    shortWalk(),
    (value) => done.push(value),
    () => done.push('failed'),
  );
  expect(done).toEqual(['done']);
  const failing = (pieces: number) =>
    (function* (): Walk<void> {
      yield* longWalk(pieces);
      throw new Error('a fault');
    })();
  for (const pieces of [0, 2]) await expect(inSteps(failing(pieces))).rejects.toThrow('a fault');
});

describe('of walks of one kind', () => {
  test('one is made at a time, and requests that wait share the next one', async () => {
    const queue = new WalkQueue<number>();
    let [begun, underWay, most] = [0, 0, 0];
    const begin = () =>
      (function* () {
        begun += 1;
        underWay += 1;
        most = Math.max(most, underWay);
        yield* longWalk(2);
        underWay -= 1;
        return begun;
      })();
    const first = queue.run('a', begin);
    const others = [1, 2, 3].map(() => queue.run('a', begin));
    const another = queue.run('b', begin);
    expect(await Promise.all([first, ...others, another])).toEqual([1, 2, 2, 2, 3]);
    expect([begun, most]).toEqual([3, 1]);
    expect(await queue.run('a', begin)).toBe(4); // a result is never of a time before its request
  });

  test('a fault of one does not keep the next one from being made', async () => {
    const queue = new WalkQueue<string>();
    const failed = queue.run('a', function* (): Walk<string> {
      yield* longWalk(1);
      throw new Error('a fault');
    });
    const next = queue.run('a', shortWalk);
    await expect(failed).rejects.toThrow('a fault');
    expect(await next).toBe('done');
  });
});

test('a sort in steps gives what a sort gives, and pauses after every 1,000 items', () => {
  const items = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 5000, size: 'max' });
  fc.assert(
    fc.property(items, (numbers) => {
      const keyed = numbers.map((number, index) => ({ number, index }));
      const compare = (a: { number: number }, b: { number: number }) => a.number - b.number;
      expect(atOnce(sortWalk(keyed, compare))).toEqual(keyed.toSorted(compare));
    }),
    { numRuns: 30 },
  );
  const walk = sortWalk(
    Array.from({ length: 20_000 }, (_, index) => -index),
    (a, b) => a - b,
  );
  let pauses = 0;
  while (walk.next().done !== true) pauses += 1;
  expect(pauses).toBeGreaterThanOrEqual(20);
});
