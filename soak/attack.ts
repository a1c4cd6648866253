import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { attacks, foreignRuns, setOpen, startAttacker } from '../test/helpers/attack.ts';
import { spawnProgram } from '../test/helpers/program.ts';

const attackMs = 60_000;
const files = ['x.sh', ...Array.from({ length: 29 }, (_, index) => `x_${index}.sh`)];

/**
 * For a minute each, another user swaps a part of the way to 30 scripts, as fast as it can, under
 * an agent with a tick a second: no script of that user ever runs, and those of the agent's user
 * run again when the folder is as it should be.
 */
export async function attack(say: (line: string) => void): Promise<boolean | null> {
  if (process.getuid?.() !== 0) {
    say('left out: it takes root to act as two users');
    return null;
  }
  let allHold = true;
  for (const [how, prepare] of Object.entries(attacks)) {
    const base = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
    chmodSync(base, 0o755);
    const attacked = prepare(base, files);
    const home = join(base, 'home');
    const args = ['-e', '-s', attacked.scripts, '--state-dir', join(home, 'state'), '-f', join(home, 'none.ini')];
    const agent = spawnProgram([...args, '-r', '1', '--debug'], { env: { HOME: home } });
    const runsNow = () => agent.log.filter(({ event }) => event === 'run.finished').length;
    const attacker = startAttacker(attacked);
    try {
      await agent.until(() => runsNow() >= files.length);
      setOpen(attacked, true);
      await delay(attackMs);
      await attacker.end();
      setOpen(attacked, false);
      const before = runsNow();
      await agent.until(() => runsNow() >= before + files.length);
      const [swaps, foreign] = [attacker.swaps(), foreignRuns(base)];
      const holds = foreign === 0 && swaps >= 300;
      say(`${how}: ${swaps} swaps, ${foreign} foreign runs, ${runsNow()} runs: ${holds ? 'holds' : 'DOES NOT HOLD'}`);
      if (!holds) allHold = false;
    } finally {
      attacker.process.kill('SIGKILL');
      agent.process.kill('SIGTERM');
      await agent.exit;
      rmSync(base, { recursive: true, force: true });
    }
  }
  return allHold;
}
