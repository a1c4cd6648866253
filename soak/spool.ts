import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playSpool } from '../test/store/spool/spool-play.ts';

const seeds = 10;
const actionsPerSeed = 10_000;

/**
 * 10,000 random actions and kills of the spool with each of ten seeds lose nothing but by the
 * bound, and count that exactly.
 */
export async function spool(say: (line: string) => void): Promise<boolean> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
    try {
      const kills = await playSpool(folder, seed, actionsPerSeed);
      say(`seed ${seed}: ${actionsPerSeed} actions and ${kills} kills, as the model`);
    } catch (error) {
      say(`seed ${seed}: NOT AS THE MODEL: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return true;
}
