import { expect, test } from 'vitest';
import { youngGrowth } from '../../../src/io/process/heap.ts';

const mebibyte = 1024 * 1024;

test('the young generation may grow to 4 MiB after a tick with 300 to 2,000 runs, and after no other', () => {
  expect([0, 299, 300, 2000, 2001].map((runs) => youngGrowth(runs, 2 * mebibyte))).toEqual([1, 1, 2, 2, 1]);
  expect(youngGrowth(300, 4 * mebibyte - 1)).toBe(2);
  expect(youngGrowth(300, 4 * mebibyte)).toBe(1);
});
