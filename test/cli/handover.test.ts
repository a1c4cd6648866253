import fc from 'fast-check';
import { expect, test } from 'vitest';
import { handoverText, parseHandover } from '../../src/cli/handover.ts';

test('what is handed over arrives, whatever the words are', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.string(), (argv, cwd) => {
      expect(parseHandover(handoverText({ argv, cwd }))).toEqual({ argv, cwd });
    }),
  );
});

test.each(['', 'start', '[]', 'null', '{}', '{"argv":[1],"cwd":"/"}', '{"argv":"x","cwd":"/"}', '{"argv":[]}'])(
  '%j is nothing that was handed over',
  (text) => {
    expect(parseHandover(text)).toBeNull();
  },
);
