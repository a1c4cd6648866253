import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isName, isNumber, isTime } from '../../src/formats/grammar.ts';

const word = fc.string({ unit: fc.constantFrom(...'.05eE+-aZ_,x'), maxLength: 8 });

test('a number is a sign, digits with a fraction or a fraction alone, and an exponent, and nothing else', () => {
  fc.assert(
    fc.property(word, (text) => {
      expect(isNumber(text)).toBe(/^[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text));
    }),
    { numRuns: 5000 },
  );
});

test('a name is segments joined by single dots, and nothing else', () => {
  fc.assert(
    fc.property(word, (text) => {
      expect(isName(text)).toBe(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(text));
    }),
    { numRuns: 5000 },
  );
});

test('a time is digits with a fraction, and nothing else', () => {
  fc.assert(
    fc.property(word, (text) => {
      expect(isTime(text)).toBe(/^[0-9]+(\.[0-9]+)?$/.test(text));
    }),
    { numRuns: 5000 },
  );
});

test.each(['', ' ', '1 ', '1\n', 'Infinity', '0x1', '0b1', '1n', '1_0', '５'])(
  '%j is not a number, though JavaScript may read it as one',
  (text) => {
    expect(isNumber(text)).toBe(false);
  },
);
