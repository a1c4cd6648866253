import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { ProcessIdentity } from '../model/run.ts';

/** Tells processes apart, also those of a former agent. */
export type Processes = {
  /** Who has this process id now; null if nobody lives under it, or it can't be told. */
  identify(pid: number): ProcessIdentity | null;
  /** Whether that very process is still alive. */
  isAlive(identity: ProcessIdentity): boolean;
};

/** `/proc` on Linux, `ps` on other POSIX systems; on Windows nobody is ever identified. Never throws. */
export const processes: Processes = {
  identify,
  isAlive: (identity) => identify(identity.pid)?.startedAt === identity.startedAt,
};

function identify(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? startFromProc(pid) : process.platform === 'win32' ? null : startFromPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

function startFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name in parentheses may hold blanks; field 3 comes first
    if (fields[0] === 'Z' || fields[0] === 'X') return null; // dead, only not collected yet
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    return `${boot}:${fields[19]}`; // field 22: start time in clock ticks since boot
  } catch {
    return null;
  }
}

function startFromPs(pid: number): string | null {
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null
    );
  } catch {
    return null;
  }
}

/** The name of a signal by its number, `SIGKILL` for 9; `SIG64` and the like where it has none. */
export function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}

/** The number of a signal by its name; 0 if unknown. */
export function signalNumber(name: NodeJS.Signals): number {
  return constants.signals[name] ?? 0;
}
