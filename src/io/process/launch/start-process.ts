import { accessSync, constants } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { RunUsage } from '../../../model/run.ts';
import { systemFiles } from '../../disk/files.ts';
import type { Exit } from './launcher.ts';

/** One process to start. Its outputs are FIFOs that exist. All paths are absolute. */
export type StartCall = {
  readonly path: string;
  readonly args: readonly string[];
  /** Its whole environment. The same object for many calls costs less. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdinPath: string;
  readonly outPath: string;
  readonly errPath: string;
};

/**
 * Starts a process in a session of its own, with default signal dispositions. It has three
 * descriptors: stdin, open for reading, and its outputs, open for reading and writing. Returns its
 * process id; null if it could not be started, or if that is not known yet. Calls `onEnd` once,
 * never before this returns. `usage` is what the process has used. Never throws.
 */
export type StartProcess = (call: StartCall, onEnd: (exit: Exit, usage: RunUsage) => void) => number | null;

// Only for numbers that Node has no name for: some numbers have two (EAGAIN is also EWOULDBLOCK).
const errnoNames = new Map(Object.entries(osConstants.errno).map(([name, number]) => [number, name]));

/**
 * Makes the exit of a process that could not be started, from the number of the error. Looks now
 * which of the files was at fault.
 */
export function notStartedExit({ cwd, stdinPath, outPath, errPath }: StartCall, errno: number): Exit {
  const needed = [
    [cwd, constants.X_OK],
    [stdinPath, constants.R_OK],
    [outPath, constants.W_OK],
    [errPath, constants.W_OK],
  ] as const;
  const missing = needed.find(([path, mode]) => !isAccessible(path, mode))?.[0];
  const ownName = errnoNames.get(errno) ?? 'EUNKNOWN';
  const [code, meaning] = getSystemErrorMap().get(-errno) ?? [ownName, `error ${errno}`];
  return {
    kind: 'not-started',
    failedAt: missing === undefined ? 'exec' : 'set-up',
    code,
    words: missing === undefined ? meaning : `${meaning}: ${missing}`,
  };
}

/**
 * Whether a file whose format the system does not know is a script without a `#!` line: its
 * beginning holds no zero byte.
 */
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
