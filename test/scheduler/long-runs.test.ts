import { expect, test } from 'vitest';
import { LongRuns } from '../../src/scheduler/long-runs.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

function setUp() {
  const clock = fakeClock(5000);
  const runs = new LongRuns(clock);
  const noticed: string[] = [];
  return {
    clock,
    runs,
    noticed,
    /** Follows a run that begins now. Its process is known once `isKnown` says so. */
    begin(name: string, isKnown = () => true) {
      const run = {
        startedMs: clock.monotonicMs(),
        onLong(ageMs: number) {
          noticed.push(`${name} ${ageMs}`);
          return isKnown();
        },
      };
      runs.follow(run);
      return run;
    },
  };
}

test('each run is noticed when it is 150 ms old, whenever others began, and no timer is left', () => {
  const at = setUp();
  for (const name of ['a', 'b', 'c', 'd']) {
    at.begin(name);
    at.clock.advance(49);
  }
  at.clock.advance(1000);
  expect(at.noticed).toEqual(['a 150', 'b 150', 'c 150', 'd 150']);
  expect(at.clock.pending()).toBe(0);
});

test('a run that ends before is not noticed; those that began after it are, in time', () => {
  const at = setUp();
  const first = at.begin('first');
  at.clock.advance(100);
  at.begin('second');
  at.runs.leave(first);
  at.clock.advance(1000);
  expect(at.noticed).toEqual(['second 150']);
});

test('a run that is not known yet is called again every 50 ms, and delays no other', () => {
  const at = setUp();
  let isKnown = false;
  at.begin('unknown', () => isKnown);
  at.clock.advance(20);
  at.begin('other');
  at.clock.advance(200);
  expect(at.noticed).toEqual(['unknown 150', 'unknown 170', 'other 150', 'unknown 220']);
  isKnown = true;
  at.clock.advance(1000);
  expect(at.noticed.slice(4)).toEqual(['unknown 270']);
  expect(at.clock.pending()).toBe(0);
});

test('when all have ended, no timer is left; a run that left already may leave again', () => {
  const at = setUp();
  const run = at.begin('a');
  at.runs.leave(run);
  at.runs.leave(run);
  expect(at.clock.pending()).toBe(0);
});
