import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What the yardstick took for so many runs: wall time, its own CPU and its children's, in ms. */
export type FloorCost = { readonly runs: number; readonly wallMs: number; readonly ownMs: number; readonly childrenMs: number };

/** The built yardsticks. `close` removes them. */
export type Floor = {
  /** Runs each script of a folder so often. */
  run(dir: string, options: { readonly concurrency: number; readonly repeat?: number }): Promise<FloorCost>;
  /** A program that prints `NAME 1.0`, its own name being NAME. */
  readonly binaryPlugin: string;
  close(): void;
};

/** What stands in the document where there is no compiler. */
export const noCompiler = 'There was no C compiler (`cc`), so nothing stands beside these figures.';

/** Builds `floor.c` and `binary-plugin.c` in a folder of their own; null: there is no compiler. Throws what the compiler says. */
export function buildFloor(): Floor | null {
  if (!(process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'cc')))) return null;
  const dir = mkdtempSync(join(tmpdir(), 'instrument-floor-'));
  for (const name of ['floor', 'binary-plugin']) {
    execFileSync('cc', ['-O2', '-o', join(dir, name), fileURLToPath(new URL(`${name}.c`, import.meta.url))]);
  }
  return {
    async run(folder, { concurrency, repeat = 1 }) {
      const { stdout } = await promisify(execFile)(join(dir, 'floor'), [String(concurrency), folder, String(repeat)]);
      const [runs = 0, , wallMs = 0, ownMs = 0, childrenMs = 0] = stdout.trim().split(' ').map(Number);
      return { runs, wallMs, ownMs, childrenMs };
    },
    binaryPlugin: join(dir, 'binary-plugin'),
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
