import { expect, test } from 'vitest';
import { tempDir } from '../../helpers/temp-dir.ts';
import { playSpool } from './spool-play.ts';

// The soak `spool` plays 10,000 actions with each of many seeds.
test.each([1, 2, 3])(
  '3,000 random actions and kills lose nothing but by the bound, and count that exactly (seed %i)',
  async (seed) => {
    expect(await playSpool(tempDir(), seed, 3000)).toBeGreaterThan(2);
  },
);
