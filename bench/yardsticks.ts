import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What `floor.c` took for all runs: wall time, its own CPU and that of its children, in ms. */
export type FloorCost = {
  readonly runs: number;
  readonly wallMs: number;
  readonly ownMs: number;
  readonly childrenMs: number;
};

/** The built yardsticks in C. `close` removes them. */
export type Yardsticks = {
  /** `floor.c`: runs each script of a folder, as often as asked. */
  floor(dir: string, options: { readonly concurrency: number; readonly repeat?: number }): Promise<FloorCost>;
  /** `stat-all.c`: one look at every entry of a folder, in ms of CPU. */
  statAll(dir: string, times: number): Promise<number>;
  /** A program that prints `NAME 1.0`, where NAME is its own name. */
  readonly binaryPlugin: string;
  close(): void;
};

/** What the document says if there is no compiler. */
export const noCompiler = 'There was no C compiler (`cc`), so the yardstick is missing.';

/**
 * Builds the yardsticks in a new folder; null: there is no compiler. Throws what the compiler
 * says.
 */
export function buildYardsticks(): Yardsticks | null {
  if (!(process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'cc')))) return null;
  const dir = mkdtempSync(join(tmpdir(), 'instrument-yardsticks-'));
  const close = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', close);
  for (const name of ['floor', 'stat-all', 'binary-plugin']) {
    execFileSync('cc', ['-O2', '-o', join(dir, name), fileURLToPath(new URL(`${name}.c`, import.meta.url))]);
  }
  const figures = async (name: string, words: readonly string[]) => {
    const { stdout } = await promisify(execFile)(join(dir, name), words);
    return stdout.trim().split(' ').map(Number);
  };
  return {
    async floor(folder, { concurrency, repeat = 1 }) {
      const [runs = 0, , wallMs = 0, ownMs = 0, childrenMs = 0] = await figures('floor', [
        String(concurrency),
        folder,
        String(repeat),
      ]);
      return { runs, wallMs, ownMs, childrenMs };
    },
    async statAll(folder, times) {
      const [, cpuMs = Number.NaN] = await figures('stat-all', [folder, String(times)]);
      return cpuMs;
    },
    binaryPlugin: join(dir, 'binary-plugin'),
    close,
  };
}
