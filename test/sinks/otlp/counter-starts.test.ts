import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CounterStarts } from '../../../src/sinks/otlp/counter-starts.ts';

type Point = readonly [counter: string, atS: number, value: number];

/** One request with these points: when their counts began. */
function request(starts: CounterStarts, ...points: readonly Point[]): readonly number[] {
  starts.beginRequest();
  return points.map((point) => starts.startOf(...point));
}

test('a count begins at its first sample, and every later one says so', () => {
  const starts = new CounterStarts();
  expect(request(starts, ['a', 10, 5], ['b', 11, 5], ['a', 20, 5], ['a', 30, 9])).toEqual([10, 11, 10, 10]);
  starts.keepRequest();
  expect(request(starts, ['a', 40, 9.5], ['b', 41, 6])).toEqual([10, 11]);
});

test('a counter that went down began again, after the sample before it', () => {
  const starts = new CounterStarts();
  expect(request(starts, ['a', 10, 5], ['a', 20, 4], ['a', 30, 4], ['a', 40, 0])).toEqual([10, 10, 10, 30]);
  starts.keepRequest();
  expect(request(starts, ['a', 50, 1], ['a', 60, 0])).toEqual([30, 50]);
});

test('a request that comes back is sent again with the same times', () => {
  const starts = new CounterStarts();
  request(starts, ['a', 10, 5]);
  starts.keepRequest();
  const points: readonly Point[] = [
    ['a', 20, 6],
    ['a', 30, 2],
    ['a', 40, 3],
    ['b', 40, 3],
  ];
  expect(request(starts, ...points)).toEqual([10, 20, 20, 40]);
  expect(request(starts, ...points.slice(0, 2))).toEqual([10, 20]); // it was too large
  starts.keepRequest();
  expect(request(starts, ...points.slice(2))).toEqual([20, 40]);
});

test('a sample that is not newer than the last one changes nothing', () => {
  const starts = new CounterStarts();
  expect(request(starts, ['a', 20, 5], ['a', 20, 1], ['a', 10, 9], ['a', 30, 6])).toEqual([20, 20, 10, 20]);
});

test('the counters that were sent least recently are forgotten if there are too many', () => {
  const starts = new CounterStarts(2);
  for (const point of [
    ['a', 1, 0],
    ['b', 2, 0],
    ['a', 3, 0],
    ['c', 4, 0],
  ] as const) {
    request(starts, point);
    starts.keepRequest();
  }
  expect(request(starts, ['a', 5, 0], ['b', 6, 0], ['c', 7, 0])).toEqual([1, 6, 4]);
});

test('a count never begins after its sample, and begins anew only if the value falls', () => {
  const anyPoints = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(9), fc.nat(3)), { maxLength: 30 });
  fc.assert(
    fc.property(anyPoints, fc.nat(30), (points, kept) => {
      const starts = new CounterStarts();
      const inParts = [...request(starts, ...points.slice(0, kept))];
      starts.keepRequest();
      inParts.push(...request(starts, ...points.slice(kept)));
      expect(inParts).toEqual(request(new CounterStarts(), ...points)); // parts make no difference
      const seen = new Map<string, readonly [startS: number, atS: number, value: number]>();
      for (const [index, [counter, atS, value]] of points.entries()) {
        const startS = inParts[index] ?? Number.NaN;
        expect(startS).toBeLessThanOrEqual(atS);
        const [start, last, lastValue] = seen.get(counter) ?? [atS, -1, 0];
        if (atS <= last) continue;
        expect(startS).toBe(value < lastValue ? last : start);
        seen.set(counter, [startS, atS, value]);
      }
    }),
  );
});
