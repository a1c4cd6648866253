import { expect, test } from 'vitest';
import { rememberingLast } from '../../src/view/remembering-last.ts';

test('the last result is given again for the same numbers, and made for others', () => {
  let made = 0;
  const sum = rememberingLast((a, b) => {
    made += 1;
    return a + b;
  });
  expect([sum(1, 2), sum(1, 2), made]).toEqual([3, 3, 1]);
  expect([sum(1, 3), sum(2, 3), sum(1, 2), made]).toEqual([4, 5, 3, 4]);
});
