import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { ProcessIdentity } from '../../model/run.ts';

/** Tells processes apart, also those of a former agent. Nothing here throws. */
export type Processes = {
  /**
   * Returns the identity of the process with this id; null if there is none, or it can't be read.
   */
  identify(pid: number): ProcessIdentity | null;
  /** Whether the process with this identity is still alive. */
  isAlive(identity: ProcessIdentity): boolean;
  /** Returns the effective user id of a process; null if it can't be read. */
  uidOf(pid: number): number | null;
};

/**
 * Reads `/proc` on Linux and runs `ps` on other POSIX systems. Identifies no process on Windows.
 */
export const processes: Processes = {
  identify,
  isAlive: (identity) => identify(identity.pid)?.startedAt === identity.startedAt,
  uidOf,
};

function identify(pid: number): ProcessIdentity | null {
  const startedAt =
    process.platform === 'linux' ? startFromProc(pid) : process.platform === 'win32' ? null : startFromPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

function startFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // From the third field on: the name in parentheses may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null; // it has ended and was not collected yet
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    return `${boot}:${fields[19]}`; // field 22: start time in clock ticks since boot
  } catch {
    return null;
  }
}

function uidOf(pid: number): number | null {
  if (process.platform === 'win32') return null;
  try {
    const uid = process.platform === 'linux' ? euidFromProc(pid) : fromPs(pid, 'uid=');
    return uid === null || uid === undefined ? null : Number(uid);
  } catch {
    return null;
  }
}

/** Not the owner of `/proc/PID`, who is root if the process has changed its user. */
function euidFromProc(pid: number): string | undefined {
  return /^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
}

function startFromPs(pid: number): string | null {
  try {
    return fromPs(pid, 'lstart=');
  } catch {
    return null;
  }
}

function fromPs(pid: number, field: string): string | null {
  return (
    execFileSync('ps', ['-o', field, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim() || null
  );
}

/** Returns the name of a signal: `SIGKILL` for 9, `SIG64` for 64, which has no name. */
export function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}

/** Returns the number of a signal; 0 if the name is unknown. */
export function signalNumber(name: NodeJS.Signals): number {
  return constants.signals[name] ?? 0;
}
