import { expect, test } from 'vitest';
import { setUp } from './set-up.ts';

const many = Array.from({ length: 40 }, (_, index) => `p${index}`);

test('while runs are queued and the processors are idle, more begin, up to the bound', async () => {
  const at = setUp({ slots: { least: 4, most: 12 } });
  at.load.busy = 5;
  await at.tick(...many);
  expect(at.started).toHaveLength(4);
  const counts = [];
  for (let look = 0; look < 4; look += 1) {
    await at.advance(200);
    counts.push(at.started.length);
  }
  expect(counts).toEqual([6, 9, 12, 12]);
  expect(at.scheduler.slots()).toBe(12);
});

test.each([
  ['the processors are busy', { busy: 90, memory: true }],
  ['memory is short', { busy: 5, memory: false }],
  ['how busy the processors are is not known', { busy: null, memory: true }],
])('no more begin where %s', async (_why, load) => {
  const at = setUp({ slots: { least: 4, most: 12 } });
  Object.assign(at.load, load);
  await at.tick(...many);
  for (let look = 0; look < 4; look += 1) await at.advance(200);
  expect(at.started).toHaveLength(4);
});

test('slots that were added are kept for the next tick, and taken back while the processors are fully busy', async () => {
  const at = setUp({ slots: { least: 4, most: 12 }, overdueAfterMs: 100_000 });
  at.load.busy = 5;
  await at.tick(...many);
  for (let look = 0; look < 3; look += 1) await at.advance(200);
  while (at.running.size > 0) await at.end(...at.running.keys());
  const before = at.started.length;
  await at.tick(...many);
  expect(at.started.length - before).toBe(12);
  at.load.busy = 100;
  for (let look = 0; look < 9; look += 1) await at.advance(200);
  expect(at.scheduler.slots()).toBe(4);
});

test('the load is looked at only while runs are queued', async () => {
  const at = setUp({ slots: { least: 4, most: 12 } });
  await at.tick('a', 'b', 'c');
  await at.advance(5000);
  expect(at.load.looks).toBe(0);
  await at.tick('d', 'e');
  await at.end('a', 'b', 'c');
  await at.advance(5000);
  expect(at.load.looks).toBeLessThanOrEqual(2);
});

test('with a fixed number the load is never looked at', async () => {
  const at = setUp({ maxConcurrency: 4 });
  at.load.busy = 0;
  await at.tick(...many);
  await at.advance(900);
  expect([at.started.length, at.load.looks]).toEqual([4, 0]);
});

test('other bounds count at once', async () => {
  const at = setUp({ slots: { least: 4, most: 12 } });
  await at.tick(...many);
  at.scheduler.setSlots({ least: 6, most: 6 });
  await at.turns();
  expect(at.started).toHaveLength(6);
});
