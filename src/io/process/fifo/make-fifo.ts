import { execFileSync } from 'node:child_process';
import { getSystemErrorMap } from 'node:util';

/** Makes a FIFO with mode 0600. Throws the system's error. */
export type MakeFifo = (path: string) => void;

/** Makes FIFOs by the C library's `mkfifo`, which returns 0 or the negative number of an error. */
export function makeFifoBy(mkfifo: (path: string) => number): MakeFifo {
  return (path) => {
    const result = mkfifo(path);
    if (result !== 0) {
      const [code, words] = getSystemErrorMap().get(result) ?? ['EIO', `error ${-result}`];
      throw Object.assign(new Error(`${code}: ${words}, mkfifo ${path}`), { code });
    }
  };
}

/** Makes FIFOs by the program `mkfifo`. */
export const makeFifoByProgram: MakeFifo = (path) => {
  const env = { PATH: `/usr/bin:/bin:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' };
  try {
    execFileSync('mkfifo', ['-m', '600', path], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const hasRun = error instanceof Error && 'stderr' in error && error.stderr instanceof Uint8Array;
    const words = hasRun ? `${error.stderr}`.trim() : ''; // else Node 20 has null there, and later ones undefined
    throw words === '' ? error : new Error(words);
  }
};
