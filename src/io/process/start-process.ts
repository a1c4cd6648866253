import { accessSync, constants } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { systemFiles } from '../disk/files.ts';
import type { Exit } from './launcher.ts';

/** One process to start, its outputs FIFOs that exist; all paths are absolute. */
export type StartCall = {
  readonly path: string;
  readonly args: readonly string[];
  /** All of its environment. The same object for many calls costs less. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdinPath: string;
  readonly outPath: string;
  readonly errPath: string;
};

/**
 * Starts a process in a session of its own, with default signal dispositions and no descriptors but its stdin, open for reading, and its outputs, open for
 * reading and writing. Gives its process id; null: it could not be started, or nobody knows yet. `onEnd` comes once, never before this returns. Never throws.
 */
export type StartProcess = (call: StartCall, onEnd: (exit: Exit) => void) => number | null;

const errnoNames = new Map(Object.entries(osConstants.errno).map(([name, number]) => [number, name]));

/** A process that could not be started, by the number of the error. Which of the files was at fault is looked at now. */
export function notStartedExit({ cwd, stdinPath, outPath, errPath }: StartCall, errno: number): Exit {
  const set = [
    [cwd, constants.X_OK],
    [stdinPath, constants.R_OK],
    [outPath, constants.W_OK],
    [errPath, constants.W_OK],
  ] as const;
  const missing = set.find(([path, mode]) => !isAccessible(path, mode))?.[0];
  const words = `${getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`}${missing === undefined ? '' : `: ${missing}`}`;
  return {
    kind: 'not-started',
    failedAt: missing === undefined ? 'exec' : 'set-up',
    code: errnoNames.get(errno) ?? 'EUNKNOWN',
    words,
  };
}

/** Of a file whose format the system does not know: without a zero byte at its beginning, it is a script without a `#!` line. */
export function isForShell(path: string): boolean {
  return systemFiles.head(path, 128)?.includes('\0') === false;
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
