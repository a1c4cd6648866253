import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import type { ProcessIdentity } from '../model/run.ts';

const ticksASecond = 100; // USER_HZ, on every architecture that Node.js runs on
const slackTicks = 5;

/** Tells processes apart, also those of a former agent. */
export type Processes = {
  /** Who has this process id now; null if nobody lives under it, or it can't be told. */
  identify(pid: number): ProcessIdentity | null;
  /** Whether that very process is still alive. */
  isAlive(identity: ProcessIdentity): boolean;
  /** The effective user id of a process; null if it can't be told. */
  uidOf(pid: number): number | null;
  /** Whether `childOf` can tell. */
  readonly knowsChildren: boolean;
  /** The first child of a process that has one thread; null if it has none, or that can't be told. */
  childOf(pid: number): number | null;
  /**
   * The first that began, in the last `sinceMs`, of the processes that are left of a session whose leader has gone, or have one of these files as stdout or
   * stderr; null if none is left, or that can't be told.
   */
  leftOf(session: number, sinceMs: number, paths: readonly string[]): ProcessIdentity | null;
};

/** `/proc` on Linux, `ps` on other POSIX systems; on Windows nobody is ever identified. Never throws. */
export const processes: Processes = {
  identify,
  isAlive: (identity) => identify(identity.pid)?.startedAt === identity.startedAt,
  uidOf,
  knowsChildren: existsSync(childrenOf(process.pid)), // not every kernel is built with it
  childOf,
  leftOf,
};

function identify(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? startFromProc(pid) : process.platform === 'win32' ? null : startFromPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

function startFromProc(pid: number): string | null {
  try {
    const fields = statOf(pid);
    if (fields[0] === 'Z' || fields[0] === 'X') return null; // dead, only not collected yet
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    return `${boot}:${fields[19]}`; // field 22: start time in clock ticks since boot
  } catch {
    return null;
  }
}

/** The fields of `/proc/PID/stat` from the third on. Throws if there is no such process. */
function statOf(pid: number | string): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name in parentheses may hold blanks
}

function childrenOf(pid: number): string {
  return `/proc/${pid}/task/${pid}/children`;
}

function childOf(pid: number): number | null {
  try {
    return Number.parseInt(readFileSync(childrenOf(pid), 'latin1'), 10) || null;
  } catch {
    return null;
  }
}

function leftOf(session: number, sinceMs: number, paths: readonly string[]): ProcessIdentity | null {
  if (process.platform !== 'linux') return null;
  try {
    const uptimeS = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'));
    const sinceTicks = (uptimeS - sinceMs / 1000) * ticksASecond - slackTicks;
    let first = { pid: 0, ticks: Number.POSITIVE_INFINITY };
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const ticks = startOf(pid, session, paths);
      if (ticks !== null && ticks >= sinceTicks && ticks < first.ticks) first = { pid: Number(pid), ticks };
    }
    return first.pid === 0 ? null : identify(first.pid);
  } catch {
    return null;
  }
}

function startOf(pid: string, session: number, paths: readonly string[]): number | null {
  try {
    const fields = statOf(pid);
    if (fields[0] === 'Z' || fields[0] === 'X' || [session, process.pid].includes(Number(pid))) return null;
    return Number(fields[3]) === session || isOpenIn(pid, paths) ? Number(fields[19]) : null; // fields 6 and 22
  } catch {
    return null; // it went meanwhile
  }
}

function isOpenIn(pid: string, paths: readonly string[]): boolean {
  try {
    return [1, 2].some((fd) => paths.includes(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false; // another user's
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

/** Not the owner of `/proc/PID`: of a process that changed its user that is root. */
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
  return execFileSync('ps', ['-o', field, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null;
}

/** The name of a signal by its number, `SIGKILL` for 9; `SIG64` and the like where it has none. */
export function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}

/** The number of a signal by its name; 0 if unknown. */
export function signalNumber(name: NodeJS.Signals): number {
  return constants.signals[name] ?? 0;
}
