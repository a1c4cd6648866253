import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import { err, type Result } from '../model/result.ts';
import { makeStateDirectory, openStateDirectory, type StateDirectory } from '../store/state-directory.ts';
import type { Store } from '../store/store.ts';
import { processLine } from '../words/process-line.ts';
import { type HeldDirectories, heldByAnother } from './held-directories.ts';
import { unusableDirectory } from './scripts.ts';
import type { KeptFile } from './upkeep.ts';

/**
 * Makes this process the only agent of its directories, and opens the state directory. `claim` is
 * called once that exists, before anything in it is opened: null, or why the agent must not start.
 * An error is one sentence for the user.
 */
export function openStateFiles(
  config: Config,
  edges: Edges,
  held: HeldDirectories,
  claim: () => string | null,
): Result<StateDirectory, string> {
  const { clock, files, pid, processes } = edges;
  const { uid } = edges.machine;
  const { stateDir, tempDir } = config;
  const refusal =
    unusableDirectory(config, edges) ??
    held.holdState(stateDir) ??
    heldByAnother(held, config) ??
    makeStateDirectory(files, stateDir, uid) ??
    claim();
  if (refusal !== null) return err(refusal);
  const life = clock.nowMs().toString(36);
  const self = processLine(processes.identify(pid) ?? { pid, startedAt: '' });
  return openStateDirectory(files, { stateDir, tempDir, uid, life, self });
}

/** The state directory, as a file that the agent makes again. */
export function keptDirectory(state: StateDirectory): KeptFile {
  return { name: 'the state directory', isThere: state.isThere, remake: state.remake };
}

/** The database of a state directory, as a file that the agent makes again. */
export function keptDatabase(state: StateDirectory, store: Store, stateDir: string, emit: Emit): KeptFile {
  let isMoved = true;
  return {
    name: 'the database',
    isThere: () => isMoved && state.isDatabaseThere(),
    async remake() {
      if (isMoved) emit({ event: 'store.removed', path: stateDir, advice: removal(stateDir) });
      const failed = await store.move();
      isMoved = failed === null;
      return failed;
    },
  };
}

function removal(stateDir: string) {
  const sentence =
    `the database in ${stateDir} was removed or replaced; the agent still has all that waits in it, ` +
    'and moves it to a new file; until then, a restart loses it';
  return { kind: 'store-removed', sentence, commands: [] };
}
