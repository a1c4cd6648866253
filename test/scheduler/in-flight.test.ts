import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { createInFlight } from '../../src/scheduler/in-flight.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

const [a, b] = [pluginFile('a'), pluginFile('b')];

/** No claims yet, and the clock that dates them. */
function setUp() {
  const clock = fakeClock(1_000_000);
  return { clock, inFlight: createInFlight(clock) };
}

test('a plugin that is claimed waits, without a process and without a skip', () => {
  const { clock, inFlight } = setUp();
  const entry = inFlight.claim(a);
  clock.advance(7);
  expect(entry).toMatchObject({ file: a, sinceMs: 1_000_000, state: 'waiting', isOverdue: false, skips: 0 });
  expect([entry?.elapsedMs(), entry?.pid()]).toEqual([7, null]);
});

test('a plugin that is in flight can not be claimed again before it is released; others can', () => {
  const { clock, inFlight } = setUp();
  const first = inFlight.claim(a);
  expect(inFlight.claim(a)).toBeNull();
  expect(inFlight.get(a)).toBe(first);
  expect(inFlight.claim(b)).not.toBeNull();
  inFlight.release(a);
  expect(inFlight.get(a)).toBeUndefined();
  clock.advance(4);
  expect(inFlight.claim(a)).toMatchObject({ sinceMs: 1_000_004, skips: 0 });
  expect(inFlight.all().map(({ file }) => file)).toEqual([b, a]);
});

test('a run is as old as the monotonic clock says, wherever the wall clock is set; sinceMs is the wall clock’s', () => {
  const { clock, inFlight } = setUp();
  const entry = inFlight.claim(a);
  clock.advance(500);
  entry?.begin(() => 47);
  clock.jump(-3_600_000);
  clock.advance(30_000);
  expect(entry).toMatchObject({ state: 'running', sinceMs: 1_000_500 });
  expect([entry?.elapsedMs(), entry?.pid()]).toEqual([30_000, 47]);
});

test('a run of a former agent is as old as the wall clock says at first, never less than 0', () => {
  const { clock, inFlight } = setUp();
  const [old, young] = [inFlight.claim(a), inFlight.claim(b)];
  old?.adopt(7, 900_000);
  young?.adopt(8, 1_200_000); // the wall clock was set back since
  clock.jump(3_600_000);
  clock.advance(10);
  expect([old?.elapsedMs(), young?.elapsedMs()]).toEqual([100_010, 10]);
  expect(old).toMatchObject({ state: 'running', isOverdue: true, sinceMs: 900_000 });
  expect([old?.pid(), young?.sinceMs]).toEqual([7, 1_200_000]);
});

test('releasing a plugin that is not claimed changes nothing', () => {
  const { inFlight } = setUp();
  inFlight.claim(b);
  inFlight.release(a);
  expect(inFlight.all()).toHaveLength(1);
});

test('no claim is held twice, whatever the order of claims and releases', () => {
  const action = fc.record({
    kind: fc.constantFrom('claim', 'release'),
    file: fc.constantFrom(...['a', 'b', 'c', 'd'].map(pluginFile)),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const { inFlight } = setUp();
      const held = new Set<string>();
      for (const { kind, file } of actions) {
        if (kind === 'claim') {
          expect(inFlight.claim(file) === null).toBe(held.has(file));
          held.add(file);
        } else {
          inFlight.release(file);
          held.delete(file);
        }
        expect(new Set(inFlight.all().map((entry) => entry.file))).toEqual(held);
        expect(inFlight.all()).toHaveLength(held.size);
      }
    }),
  );
});
