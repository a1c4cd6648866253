import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { walkIdentity } from '../test/helpers/identity-walk.ts';
import { pidsMarked } from '../test/helpers/processes.ts';

const walks = 15;
const rounds = 20;

/**
 * Does 300 things at random to agents and their files, in 15 walks: there are never two agents, no
 * plugin runs twice at a time, and after each step all commands agree on whether an agent runs.
 */
export async function identity(say: (line: string) => void): Promise<boolean> {
  let allHold = true;
  for (let seed = 1; seed <= walks; seed += 1) {
    const dir = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
    const mark = `INSTRUMENT_SOAK_MARK=${process.pid}-${seed}`;
    try {
      const { actions, runs, problems } = await walkIdentity(seed, rounds, dir, mark);
      const verdict = problems.length === 0 ? 'holds' : problems.join('\n  ');
      say(`seed ${seed}: ${actions.length} steps, ${new Set(actions).size} kinds of them, ${runs} runs: ${verdict}`);
      if (problems.length > 0) allHold = false;
    } finally {
      for (const pid of pidsMarked(mark, join(dir, 'state'))) process.kill(pid, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    }
  }
  return allHold;
}
