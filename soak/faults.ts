import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultReport, runFaults } from '../test/helpers/fault-run.ts';
import { secretsBelow } from '../test/helpers/secrets.ts';

const seeds = 20;
const atATime = 4;
const durationMs = 60_000;

/**
 * Plays twenty seeds of the fault runs of the suite, a minute each: outages, resets, stalls,
 * refusals and kills. Nothing is lost, and nothing arrives twice without a cause.
 */
export async function faults(say: (line: string) => void): Promise<boolean> {
  const waiting = Array.from({ length: seeds }, (_, index) => index + 1);
  let allHold = true;
  async function work(): Promise<void> {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const report = await runSeed(seed);
      const { problems, faults, kills, failures, numbers, arrived, repeatedBatches, repeatedSamples } = report;
      say(
        `seed ${seed}: ${faults} faults and ${kills} kills, ${failures} deliveries broken off; ${numbers} numbers printed, ${arrived} arrived, ` +
          `${repeatedSamples} of them again, of ${repeatedBatches} batches: ${problems.length === 0 ? 'holds' : problems.join('; ')}`,
      );
      if (problems.length > 0) allHold = false;
    }
  }
  await Promise.all(Array.from({ length: atATime }, work));
  return allHold;
}

async function runSeed(seed: number): Promise<FaultReport> {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
  const cleanups: (() => Promise<void>)[] = [];
  try {
    const report = await runFaults({ seed, durationMs, dir, onCleanup: (fn) => cleanups.push(fn) });
    const leaks = secretsBelow(dir).map((place) => `a secret in ${place}`);
    return { ...report, problems: [...report.problems, ...leaks] };
  } finally {
    for (const clean of cleanups.reverse()) await clean();
    rmSync(dir, { recursive: true, force: true });
  }
}
