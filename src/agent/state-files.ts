import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { Walk } from '../model/walk.ts';
import { databasePath, makeStateDirectory, openStateDirectory, type StateDirectory } from '../store/state-directory.ts';
import { explainStoreFailure } from '../store/state-trouble.ts';
import type { Store } from '../store/store.ts';
import { processLine } from '../words/process-line.ts';
import { bootIdOf } from './found-at-start.ts';
import { HeldDirectories, heldByAnother } from './held-directories.ts';
import { unusableDirectory } from './scripts.ts';
import type { KeptFile } from './upkeep.ts';

/** The directories of this agent, which no other agent can use until `release`. */
export type StateFiles = { readonly state: StateDirectory; readonly held: HeldDirectories; release(): void };

/**
 * Makes this process the only agent of its directories, and opens the state directory. `claim` is
 * called once that exists, before anything in it is opened: null, or why the agent must not start.
 * An error is one sentence for the user.
 */
export function openStateFiles(config: Config, edges: Edges, claim: () => string | null): Result<StateFiles, string> {
  const { clock, files, pid, processes } = edges;
  const { uid } = edges.machine;
  const { stateDir, tempDir } = config;
  const held = new HeldDirectories(edges);
  const refusal =
    unusableDirectory(config, edges) ??
    held.holdState(stateDir) ??
    heldByAnother(held, config) ??
    makeStateDirectory(files, stateDir, uid) ??
    claim();
  const life = clock.nowMs().toString(36);
  const self = processLine(processes.identify(pid) ?? { pid, startedAt: '' });
  const bootId = bootIdOf(edges);
  const opened =
    refusal === null ? openStateDirectory(files, { stateDir, tempDir, uid, life, self, bootId }) : err(refusal);
  if (!opened.ok) {
    held.release();
    return opened;
  }
  const state = opened.value;
  return ok({
    state,
    held,
    release() {
      state.release();
      held.release();
    },
  });
}

/** Opens the store of a state directory. An error is one sentence for the user. */
export function* tryOpenStore(opening: Walk<Store>, stateDir: string): Walk<Result<Store, string>> {
  try {
    return ok(yield* opening);
  } catch (error) {
    return err(explainStoreFailure(databasePath(stateDir), error));
  }
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
