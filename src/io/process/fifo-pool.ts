import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import type { Clock } from '../clock.ts';
import { systemFiles } from '../disk/files.ts';
import { removeFifo } from './fifo.ts';
import { type FifoPair, openFifoPair } from './fifo-pair.ts';
import type { OutputListener } from './launcher.ts';

const listenAfterMs = 20; // of real time
const fileTimeMs = 2500; // more than the steps in which a file system's times go

/** Makes a FIFO with mode 0600. Throws what the system says. */
export type MakeFifo = (path: string) => void;

/** The pairs of FIFOs of one agent, in a folder of their own. */
export type FifoPool = {
  /** One that nobody uses, an idle one where there is one, for a script that is to begin now. What it writes is handed on as it comes once it is 20 ms old, or soon after. Throws what the system says. */
  take(output: OutputListener): FifoPair;
  /** Takes one back: it is kept while no more than `maxIdle` are. */
  giveBack(pair: FifoPair, maxIdle: number): void;
  /** Removes those that are idle, and from now on those that are given back. */
  close(): void;
};

/** Makes `dir` when it is missing, with mode 0700. Throws only if that can't be done. */
export function createFifoPool(dir: string, clock: Clock, makeFifo: MakeFifo): FifoPool {
  let idle: FifoPair[] = [];
  let made = 0;
  let isClosed = false;
  let known: string | null = null;
  let changedMs = 0;
  let folderChanges = 0; // that were seen
  const young: FifoPair[] = []; // whose script is not listened to: most are over by then, and one timer is enough for all. No `Set`, which would leave garbage
  let growing: NodeJS.Timeout | undefined;
  makeOwnFolder(dir);

  function listenToOld() {
    const limitMs = performance.now() - listenAfterMs;
    for (const pair of young.filter((one) => one.isOlderThan(limitMs))) listenTo(pair);
  }

  function listenTo(pair: FifoPair) {
    pair.listen();
    leaveYoung(pair);
  }

  function leaveYoung(pair: FifoPair) {
    const at = young.indexOf(pair);
    if (at < 0) return;
    young.splice(at, 1);
    if (young.length === 0) clearInterval(growing);
  }

  function begin(pair: FifoPair, output: OutputListener): FifoPair {
    pair.begin(output, folderChanges);
    if (young.length === 0) growing = setInterval(listenToOld, listenAfterMs);
    young.push(pair);
    return pair;
  }

  function make(): FifoPair {
    makeOwnFolder(dir); // a cleaner may have taken it
    const prefix = nextPrefix();
    const [outPath, errPath] = [`${prefix}.out`, `${prefix}.err`];
    try {
      makeFifo(outPath);
      makeFifo(errPath);
      return openFifoPair(outPath, errPath, clock);
    } catch (error) {
      for (const path of [outPath, errPath]) removeFifo(path);
      throw error;
    } finally {
      changedMs = performance.now();
    }
  }

  function remove(pair: FifoPair) {
    changedMs = performance.now();
    pair.remove();
  }

  /** Whether the folder is as it was when all were there: somebody may have cleaned up. */
  function isAsKnown(): boolean {
    const appearance = systemFiles.appearance(dir);
    const isSame = appearance !== null && appearance === known;
    known = performance.now() - changedMs > fileTimeMs ? appearance : null; // our own change and somebody else's may bear the same time
    if (!isSame) folderChanges += 1;
    return isSame;
  }

  function giveUpMissing() {
    const missing = idle.filter((pair) => !pair.areThere());
    idle = idle.filter((pair) => !missing.includes(pair));
    missing.forEach(remove);
  }

  /** A former agent may have had the same process id, and its scripts may hold its pipes still. */
  function nextPrefix(): string {
    made += 1;
    const prefix = join(dir, `${process.pid}-${made}`);
    return existsSync(`${prefix}.out`) || existsSync(`${prefix}.err`) ? nextPrefix() : prefix;
  }

  return {
    take(output) {
      if (idle.length > 0 && !isAsKnown()) giveUpMissing();
      return begin(idle.pop() ?? make(), output);
    },
    giveBack(pair, maxIdle) {
      leaveYoung(pair);
      if (pair.isSpent()) return;
      const isThere = pair.folderChanges() === folderChanges || pair.areThere(); // else the change that was seen meanwhile may have been its end
      if (isThere && !isClosed && idle.length < maxIdle) idle.push(pair);
      else remove(pair);
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
  if (!facts.isDirectory() || facts.uid !== process.geteuid?.())
    throw new Error(`EACCES: ${dir} belongs to somebody else, or is a link`);
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
