import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible, visibleInQuotes } from '../../src/words/visible.ts';

test('a line feed, a carriage return and a tab are shown as a shell writes them, others by their number', () => {
  expect(visible('a\n\r\t\u0000\u001b\u0085\u202e')).toBe('a\\n\\r\\t\\x00\\x1b\\x85\\u{202e}');
});

test('in quotes, text looks the same', () => {
  expect(visibleInQuotes('a "b"\u001b')).toBe('"a "b"\\x1b"');
});

test('what was made visible where it is quoted stays as it is where it is shown', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const once = visible(text);
      expect(once).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(visible(once)).toBe(once);
    }),
  );
});
