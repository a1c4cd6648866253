import type { StateDirectoryUse } from '../src/store/state-directory.ts';

/** How a benchmark uses a state directory: for this process, with the pipes in it. */
export function benchUse(stateDir: string): StateDirectoryUse {
  const uid = process.getuid?.() ?? null;
  return { stateDir, tempDir: null, uid, life: 'bench', self: `${process.pid} now`, bootId: null };
}
