import { expect, test } from 'vitest';
import { oneAtATime } from '../../../src/dashboard/web/one-at-a-time.ts';

test('calls during a run lead to one more run, which begins when that one has ended', async () => {
  const events: string[] = [];
  const ends: (() => void)[] = [];
  const call = oneAtATime(async () => {
    events.push('begins');
    await new Promise<void>((resolve) => ends.push(resolve));
    events.push('ends');
  });
  const first = call();
  await Promise.all([call(), call()]);
  expect(events).toEqual(['begins']);
  ends[0]?.();
  await expect.poll(() => events).toEqual(['begins', 'ends', 'begins']);
  ends[1]?.();
  await first;
  expect(events).toEqual(['begins', 'ends', 'begins', 'ends']);
});

test('a run that failed does not keep the next call from running', async () => {
  let runs = 0;
  const call = oneAtATime(async () => {
    runs += 1;
    if (runs === 1) throw new Error('the first run fails');
  });
  await expect(call()).rejects.toThrow('the first run fails');
  await call();
  expect(runs).toBe(2);
});
