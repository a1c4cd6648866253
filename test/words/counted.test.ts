import { expect, test } from 'vitest';
import { counted, readableNumber } from '../../src/words/counted.ts';

test('a number has its noun in the singular or the plural', () => {
  expect([0, 1, 2].map((number) => counted(number, 'sample'))).toEqual(['0 samples', '1 sample', '2 samples']);
});

test('a large number has separators', () => {
  expect([7, 640, 3000, 1_234_567].map(readableNumber)).toEqual(['7', '640', '3,000', '1,234,567']);
});
