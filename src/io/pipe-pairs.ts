import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import type { Clock } from './clock.ts';
import { openPipePair, type PipePair } from './pipe-pair.ts';

/** Makes a FIFO with mode 0600. Throws what the system says. */
export type MakeFifo = (path: string) => void;

/** The pairs of FIFOs of one agent, in a folder of their own. */
export type PipePairs = {
  /** One that nobody uses, an idle one where there is one. Throws what the system says. */
  take(): PipePair;
  /** Takes one back: it is kept while no more than `maxIdle` are. */
  giveBack(pair: PipePair, maxIdle: number): void;
  /** Removes those that are idle, and from now on those that are given back. */
  close(): void;
};

/** Makes `dir` when it is missing, with mode 0700. Throws only if that can't be done. */
export function createPipePairs(dir: string, clock: Clock, makeFifo: MakeFifo): PipePairs {
  let idle: PipePair[] = [];
  let made = 0;
  let isClosed = false;
  makeOwnFolder(dir);

  function make(): PipePair {
    makeOwnFolder(dir); // a cleaner may have taken it
    const prefix = nextPrefix();
    const [outPath, errPath] = [`${prefix}.out`, `${prefix}.err`];
    makeFifo(outPath);
    makeFifo(errPath);
    return openPipePair(outPath, errPath, clock);
  }

  /** A former agent may have had the same process id, and its scripts may hold its pipes still. */
  function nextPrefix(): string {
    made += 1;
    const prefix = join(dir, `${process.pid}-${made}`);
    return existsSync(`${prefix}.out`) || existsSync(`${prefix}.err`) ? nextPrefix() : prefix;
  }

  return {
    take() {
      for (let pair = idle.pop(); pair; pair = idle.pop()) {
        if (pair.isReusable()) return pair;
        pair.remove();
      }
      return make();
    },
    giveBack(pair, maxIdle) {
      if (!isClosed && idle.length < maxIdle) idle.push(pair);
      else pair.remove();
    },
    close() {
      isClosed = true;
      for (const pair of idle) pair.remove();
      idle = [];
    },
  };
}

/** Somebody else may have made it where all may write. Throws what is wrong. */
function makeOwnFolder(dir: string) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const facts = lstatSync(dir);
  if (!facts.isDirectory() || facts.uid !== process.geteuid?.()) throw new Error(`EACCES: ${dir} belongs to somebody else, or is a link`);
}

/** By the C library's function, which gives the negative number of an error. */
export function fifosBy(mkfifo: (path: string) => number): MakeFifo {
  return (path) => {
    const result = mkfifo(path);
    if (result !== 0) {
      const [code, words] = getSystemErrorMap().get(result) ?? ['EIO', `error ${-result}`];
      throw Object.assign(new Error(`${code}: ${words}, mkfifo ${path}`), { code });
    }
  };
}

/** By the program of that name. */
export const fifosByProgram: MakeFifo = (path) => {
  const env = { PATH: `/usr/bin:/bin:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' };
  try {
    execFileSync('mkfifo', ['-m', '600', path], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const words = error instanceof Error && 'stderr' in error && error.stderr !== null ? `${error.stderr}`.trim() : '';
    throw words === '' ? error : new Error(words);
  }
};
