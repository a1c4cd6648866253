import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { processes } from './identity.ts';
import { linkTargetOf, namesIn, procText } from './proc.ts';

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
      if (holder(name) !== null) return null; // Node 20 and later ones write a name differently
      const own = listen(name);
      if (own === null) continue;
      const sign = listen(`${name}/${process.pid}`);
      return {
        release() {
          for (const server of [own, sign]) server?.close();
        },
      };
    }
    return nothingHeld;
  },
  holder,
};

/** Null: the name is taken. Whether a socket listens is known at once; the error comes later. */
function listen(name: string): Server | null {
  const server = createServer((socket) => socket.destroy());
  server.on('error', () => {});
  server.listen(`\0${name}`);
  return server.listening ? server.unref() : null;
}

/**
 * The holder has a second name, with its process id in it, because a process that has changed its
 * user hides its descriptors even from its own user. Another user could take such names, too. So
 * the process must belong to the user in the name, and have the socket; where that is hidden, it
 * must be an agent by its title.
 */
function holder(name: string): number | null {
  const [, uid] = name.split('/');
  const listed = listeners();
  const inodes = listed.filter((one) => one.name === name).map(({ inode }) => `socket:[${inode}]`);
  if (inodes.length === 0) return null;
  const pids = listed.flatMap((one) => (one.name.startsWith(`${name}/`) ? [one.name.slice(name.length + 1)] : []));
  const found = pids.find((pid) => String(processes.uidOf(Number(pid))) === uid && (has(pid, inodes) ?? isAgent(pid)));
  return found === undefined ? null : Number(found);
}

type AbstractListener = { readonly name: string; readonly inode: string };

/** The abstract names on which processes listen. */
function listeners(): readonly AbstractListener[] {
  return procText('/proc/net/unix', 'latin1')
    .split('\n')
    .flatMap((line) => {
      const [, , , flags, , , inode = '', path = ''] = line.trim().split(/ +/);
      // 0x10000: it listens. Node 20 fills a name up with NUL bytes, which are shown as `@`.
      return flags === '00010000' && path.startsWith('@') ? [{ name: path.slice(1).replace(/@+$/, ''), inode }] : [];
    });
}

/** Null: it is hidden which sockets the process has. */
function has(pid: string, sockets: readonly string[]): boolean | null {
  const descriptors = namesIn(`/proc/${pid}/fd`);
  return descriptors?.some((fd) => sockets.includes(linkTargetOf(`/proc/${pid}/fd/${fd}`))) ?? null;
}

function isAgent(pid: string): boolean {
  return procText(`/proc/${pid}/cmdline`, 'latin1').startsWith('instrument_server');
}
