import type { StateDirectoryUse } from '../src/store/state-directory.ts';

/** How a benchmark uses a state directory: for this process, with the pipes in it. */
export function benchUse(stateDir: string): StateDirectoryUse {
  return { stateDir, tempDir: null, uid: process.getuid?.() ?? null, life: 'bench', self: `${process.pid} now` };
}
