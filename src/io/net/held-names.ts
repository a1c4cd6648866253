import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Names that one process holds at a time, on this host and outside the file system: abstract
 * socket names of Linux, which the kernel releases with the process. No one can remove such a
 * name, and it needs no folder. On other systems every name can be had at any time. Nothing here
 * throws.
 */
export type HeldNames = {
  /**
   * Holds a name. Null: another process of this user holds it. A name that another user has taken
   * is of no use to anyone: the caller then goes without it.
   */
  hold(name: string): { release(): void } | null;
  /** Returns the id of the process of this user that holds a name; null if there is none. */
  holder(name: string): number | null;
};

/**
 * The name that an agent holds for one of its directories: `state`, its state directory, or
 * `scripts`, its plugin directory. It follows from the path alone, whether that exists or not, and
 * differs from that of another user's agent.
 */
export function directoryName(kind: 'state' | 'scripts', uid: number | null, path: string): string {
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 24);
  return `instrument_server/${uid ?? 0}/${kind}/${hash}`;
}

const nothingHeld = { release() {} };
const mostTries = 3; // its holder may end between two looks

/** The names of this host. */
export const heldNames: HeldNames = {
  hold(name) {
    if (process.platform !== 'linux') return nothingHeld;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const server = createServer((socket) => socket.destroy());
      server.on('error', () => {}); // comes later; whether it listens is known at once
      server.listen(`\0${name}`);
      if (server.listening) {
        server.unref();
        return { release: () => void server.close() };
      }
      if (holder(name) !== null) return null;
    }
    return nothingHeld;
  },
  holder,
};

/** The kernel says which process has the socket; the socket itself is not asked. */
function holder(name: string): number | null {
  const inode = inodeOf(name);
  if (inode === null) return null;
  return pids().find((pid) => has(pid, `socket:[${inode}]`)) ?? null;
}

/** Node 20 fills an abstract name up with NUL bytes, which the list shows as `@`. */
function inodeOf(name: string): string | null {
  try {
    for (const line of readFileSync('/proc/net/unix', 'latin1').split('\n')) {
      const [, , , flags, , , inode, path] = line.trim().split(/ +/);
      if (flags === '00010000' && path?.replace(/@+$/, '') === `@${name}`) return inode ?? null; // 0x10000: it listens
    }
  } catch {
    // no such file: this is not Linux
  }
  return null;
}

function pids(): readonly number[] {
  return readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []));
}

function has(pid: number, target: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === target);
  } catch {
    return false; // another user's, or gone
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
