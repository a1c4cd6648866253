import fc from 'fast-check';
import { expect, test } from 'vitest';
import { valueText } from '../../src/sinks/value-text.ts';

const grammar = /^-?\d+(\.\d+)?(e-\d+)?$/;

test.each([
  [1, '1'],
  [-0, '0'],
  [1e21, '1000000000000000000000'],
  [-1e21, '-1000000000000000000000'],
  [1e-7, '1e-7'],
  [-1.5e-9, '-1.5e-9'],
  [0.1, '0.1'],
  [2 ** 53, '9007199254740992'],
  [5e-324, '5e-324'],
])('%d is written %s', (value, text) => expect(valueText(value)).toBe(text));

test('1e300 is written as 301 digits', () => expect(valueText(1e300)).toMatch(/^1\d{300}$/));

test('every finite number is in the grammar and reads back as itself', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = valueText(value);
      expect(text).toMatch(grammar);
      expect(Number(text) === value).toBe(true);
    }),
  );
});
