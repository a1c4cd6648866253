import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlainDecimals, readDecimal } from '../../src/formats/decimal.ts';

const word = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.tuple(fc.double({ min: -1e21, max: 1e21 }), fc.nat(20)).map(([value, digits]) => value.toFixed(digits)),
  fc.tuple(fc.double({ noNaN: true }), fc.nat(20)).map(([value, digits]) => value.toExponential(digits)),
  fc.stringMatching(/^[+-]?[0-9]{0,25}(?:\.[0-9]{0,25})?(?:[eE][+-]?[0-9]{0,4})?$/),
  fc.string({ unit: fc.constantFrom(...'0123456789.+-eE'), maxLength: 20 }),
);

test('a number within a text is the same as the word alone', () => {
  const decimals = new PlainDecimals();
  fc.assert(
    fc.property(
      fc.constantFrom('', '1', 'x '),
      word,
      fc.constantFrom('', ' ', ';5', 'B', '\n7'),
      (before, own, behind) => {
        const read = decimals.read(before + own + behind, before.length);
        const wanted = readDecimal(own);
        const isWhole = decimals.end === before.length + own.length;
        if (!Number.isNaN(read)) expect(read).toBe(readDecimal(own.slice(0, decimals.end - before.length)));
        if (typeof wanted === 'number' && !/\.(?:$|e)/i.test(own)) expect([read, isWhole]).toEqual([wanted, true]);
      },
    ),
    { numRuns: 3000 },
  );
});

test.each([
  ['9007199254740993', 9007199254740992],
  ['0.1', 0.1],
  ['2.7418624e+08', 274186240],
  ['123456789012345678901234567890', 1.2345678901234568e29],
  ['-0', -0],
  ['1e400', Number.NaN],
  ['12.', Number.NaN],
  ['.', Number.NaN],
  ['1e', Number.NaN],
  ['', Number.NaN],
])('%s is read as %d', (text, value) => {
  expect(new PlainDecimals().read(text, 0)).toBe(value);
});
