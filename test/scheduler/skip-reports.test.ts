import { expect, test } from 'vitest';
import { setUp } from './set-up.ts';

const six = ['a', 'b', 'c', 'd', 'e', 'f'];

test('a tick that skips more than five plugins is reported as one, with how many wait and run', async () => {
  const at = setUp({ maxConcurrency: 1, overdueAfterMs: 1_000_000 });
  await at.tick(...six);
  for (const seconds of [30, 60]) {
    await at.advance(30_000);
    await at.tick(...six);
    expect(
      at.events
        .of('run.skipped')
        .slice(-6)
        .every(({ isOneOfMany }) => isOneOfMany),
    ).toBe(true);
    expect(at.events.of('tick.skipped').at(-1)).toEqual({
      event: 'tick.skipped',
      plugins: 6,
      waiting: 5,
      running: 1,
      longestMs: seconds * 1000,
      examples: ['a', 'b', 'c', 'd', 'e'],
      repeat: seconds / 30,
      elapsedMs: seconds * 1000 - 30_000,
    });
  }
});

test('five skips are reported one by one, and end the row of ticks with more', async () => {
  const at = setUp({ maxConcurrency: 1, overdueAfterMs: 1_000_000 });
  await at.tick(...six);
  await at.tick(...six);
  await at.tick(...six.slice(1));
  expect(
    at.events
      .of('run.skipped')
      .slice(-5)
      .some(({ isOneOfMany }) => isOneOfMany),
  ).toBe(false);
  await at.tick(...six);
  expect(at.events.of('tick.skipped').map(({ repeat }) => repeat)).toEqual([1, 1]);
});
