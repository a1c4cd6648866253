import { resolve } from 'node:path';
import { backUpState } from '../agent/inspect.ts';
import type { Flags } from '../config/resolve.ts';
import type { Edges } from '../io/edges.ts';
import { visible } from '../words/visible.ts';
import { locateAgent } from './command-config.ts';
import type { CommandOutput } from './command-output.ts';

/** What to copy, and where to. */
type BackupRequest = { readonly flags: Flags; readonly file: string };

/**
 * `backup`: copies the database of an agent to a new file, whether it runs or not. Returns the exit
 * status: 0; 1 if it can't be copied; 2 if the agent can't be looked for.
 */
export async function runBackup(
  { flags, file }: BackupRequest,
  edges: Edges,
  { say, complain }: CommandOutput,
): Promise<number> {
  const location = locateAgent(flags, edges);
  if (!location.ok) {
    location.error.forEach(complain);
    return 2;
  }
  const { stateDir, edges: own } = location.value;
  const path = resolve(edges.machine.cwd, file);
  const saved = backUpState(own, stateDir, path);
  if (!saved.ok) {
    complain(visible(saved.error));
    return 1;
  }
  await say(`saved ${visible(path)} (${Math.ceil(saved.value / 1024)} KiB)`);
  return 0;
}
