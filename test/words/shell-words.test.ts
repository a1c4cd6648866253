import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoted } from '../../src/words/shell-words.ts';

test('a quoted word is read by the shell as it was, whatever is in it', () => {
  const word = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...`'"\\\`$!*?~#;&|<>(){}[] \n\t-=`),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 50 }), (random) => {
      const words = random.map((one) => one.replaceAll('\0', ''));
      const read = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(quoted).join(' ')}`], {
        encoding: 'utf8',
      });
      expect(read.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});
