import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killRounds } from '../test/helpers/kill-rounds.ts';

/**
 * 300 agents are killed, one after the other, each 0 to 250 ms after a tick began with 30 plugins.
 * Holds if no run began while another one of its plugin was in flight.
 */
export async function kills(print: (line: string) => void): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'kills-'));
  const { rounds, runs, survived, doubled } = await killRounds(dir, { rounds: 300, plugins: 30, at: Math.random });
  print(`${rounds} kills, ${runs} runs, ${survived} found in flight by the next agent, ${doubled.length} doubled`);
  for (const line of doubled) print(`doubled: ${line}`);
  rmSync(dir, { recursive: true });
  return doubled.length === 0 && survived > 0;
}
