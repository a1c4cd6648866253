import { lstatSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { linkTargetOf, namesIn, pidsInProc, procText } from '../proc.ts';

/**
 * A process that has a FIFO open: `prefix` begins the name of the FIFO, `42-3` for `42-3.out`.
 * `writesOnly`: the process could be ended by SIGPIPE, because it does not read the FIFO as well.
 */
export type FifoHolder = { readonly pid: number; readonly prefix: string; readonly writesOnly: boolean };

const outputs = ['1', '2'];
const ofFifo = /^(.+)\.(?:out|err)(?: \(deleted\))?$/;

/**
 * Finds the processes of this user that have a FIFO in `dir` as stdout or stderr, be its file
 * removed or not. Finds none on systems without `/proc`. Never throws.
 */
export function fifoHolders(dir: string): readonly FifoHolder[] {
  const real = realDirectory(dir);
  return pidsInProc().flatMap((pid) => fifosOf(pid, real, outputs));
}

/** The path of a directory as `/proc` has it, without links. Never throws. */
export function realDirectory(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    return dir;
  }
}

/** Returns the FIFOs in `dir` that one process has as stdout or stderr. Never throws. */
export function outputFifosOf(pid: string, dir: string): readonly FifoHolder[] {
  return fifosOf(pid, dir, outputs);
}

/** Returns the FIFOs in `dir` that one process has open, at whichever descriptor. Never throws. */
export function allFifosOf(pid: string, dir: string): readonly FifoHolder[] {
  return isOfThisUser(pid) ? fifosOf(pid, dir, namesIn(`/proc/${pid}/fd`) ?? []) : [];
}

/** Whether a process leads a session, as each script does that an agent has started. */
export function isSessionLeader(pid: number): boolean {
  return statOf(pid)[3] === String(pid);
}

/** The uptime of the host when a process was started, in seconds; null: there is none. */
export function startedAtUptimeS(pid: number): number | null {
  const ticks = statOf(pid)[19];
  return ticks === undefined ? null : Number(ticks) / ticksPerS;
}

const ticksPerS = 100; // USER_HZ, the same on all machines that Node runs on

/** From the third field on: the name in parentheses may hold blanks. The sixth is the session. */
function statOf(pid: number): readonly string[] {
  const stat = procText(`/proc/${pid}/stat`, 'latin1');
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function fifosOf(pid: string, dir: string, descriptors: readonly string[]): readonly FifoHolder[] {
  if (Number(pid) === process.pid || !isOfThisUser(pid)) return [];
  const found: FifoHolder[] = [];
  for (const fd of descriptors) {
    const target = linkTargetOf(`/proc/${pid}/fd/${fd}`);
    if (!target.startsWith(`${dir}/`)) continue;
    const prefix = ofFifo.exec(basename(target))?.[1];
    if (prefix !== undefined) found.push({ pid: Number(pid), prefix, writesOnly: isWriteOnly(pid, fd) });
  }
  return found;
}

/** What another user hides costs an error for each look, so it is not looked at. */
function isOfThisUser(pid: string): boolean {
  const uid = process.geteuid?.();
  return uid === 0 || lstatSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid;
}

function isWriteOnly(pid: string, fd: string): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(procText(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) === 1; // O_WRONLY
}
