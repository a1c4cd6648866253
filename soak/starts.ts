import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pidsMarked } from '../test/helpers/processes.ts';
import { spawnProgram } from '../test/helpers/program.ts';

const rounds = 5;
const startsAtOnce = 50;

/**
 * Five times, `start` fifty times at once gives one agent, 49 refusals, and nothing else is left.
 */
export async function manyStarts(say: (line: string) => void): Promise<boolean> {
  let allHold = true;
  for (let round = 1; round <= rounds; round += 1) {
    const dir = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
    const mark = `${process.pid}-${round}`;
    const agents = () => pidsMarked(`INSTRUMENT_SOAK_MARK=${mark}`, dir);
    const env = { HOME: dir, INSTRUMENT_SOAK_MARK: mark };
    try {
      const start = () => spawnProgram(['--state-dir', dir, '-k', 'soak', '-c', '127.0.0.1:1', 'start'], { env }).exit;
      const ends = await Promise.all(Array.from({ length: startsAtOnce }, start));
      const started = ends.filter((status) => status === 0).length;
      const refused = ends.filter((status) => status === 1).length;
      const pid = Number.parseInt(readFileSync(join(dir, 'instrument_server.pid'), 'utf8'), 10);
      const left = readdirSync(dir).filter((name) => name.includes('.pid'));
      say(`round ${round}: ${started} started, ${refused} refused, agents ${agents().join(' ')}, ${left.join(' ')}`);
      const isOne = agents().length === 1 && agents()[0] === pid && left.length === 1;
      if (started !== 1 || refused !== startsAtOnce - 1 || !isOne) allHold = false;
    } finally {
      for (const pid of agents()) process.kill(pid, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  return allHold;
}
