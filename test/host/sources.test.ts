import { expect, test } from 'vitest';
import { createTake } from '../../src/host/sources.ts';
import { err, ok } from '../../src/model/result.ts';
import { recorder } from './edges.ts';

test('a source that fails is told once, and again after it has worked; others are told on their own', () => {
  const { emit, unreadable } = recorder();
  const take = createTake(emit);
  expect(take('/proc/stat', err('first'))).toBeNull();
  expect(take('/proc/stat', err('second'))).toBeNull();
  take('/proc/loadavg', err('other'));
  expect(take('/proc/stat', ok(5))).toBe(5);
  take('/proc/stat', err('third'));
  expect(unreadable).toEqual([
    ['/proc/stat', 'first'],
    ['/proc/loadavg', 'other'],
    ['/proc/stat', 'third'],
  ]);
});
