import { expect, test } from 'vitest';
import { longestWaitMs, sendDelayMs } from '../../src/sender/batcher.ts';

const waiting = { count: 10, sinceMs: 5000, isDue: false };

test('without samples there is nothing to send, due or not', () => {
  expect(sendDelayMs({ count: 0, sinceMs: null, isDue: true }, 9000)).toBe(null);
});

test('a few samples are sent 1 s after the first of them', () => {
  expect(sendDelayMs(waiting, 5000)).toBe(1000);
  expect(sendDelayMs(waiting, 5400)).toBe(600);
  expect(sendDelayMs(waiting, 6000)).toBe(0);
  expect(sendDelayMs(waiting, 9000)).toBe(0);
});

test('5,000 samples are sent at once, 4,999 are not', () => {
  expect(sendDelayMs({ ...waiting, count: 5000 }, 5000)).toBe(0);
  expect(sendDelayMs({ ...waiting, count: 4999 }, 5000)).toBe(1000);
});

test('what is due is sent at once', () => expect(sendDelayMs({ ...waiting, isDue: true }, 5000)).toBe(0));

test('samples of unknown age are sent at once', () => expect(sendDelayMs({ ...waiting, sinceMs: null }, 5000)).toBe(0));

test('with spread, samples wait for those of a whole interval, at most half a minute, and a second for late ones', () => {
  expect([1, 10, 30, 60, 3600].map((reportIntervalS) => longestWaitMs({ spread: true, reportIntervalS }))).toEqual([
    2000, 11_000, 31_000, 31_000, 31_000,
  ]);
  expect(sendDelayMs(waiting, 5400, 31_000)).toBe(30_600);
  expect(sendDelayMs({ ...waiting, isDue: true }, 5400, 31_000)).toBe(0);
});

test('without spread, samples wait for a second, whatever the interval', () => {
  expect([1, 3600].map((reportIntervalS) => longestWaitMs({ spread: false, reportIntervalS }))).toEqual([1000, 1000]);
});
