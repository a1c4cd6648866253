import { createRequire } from 'node:module';
import { constants } from 'node:os';

/** Where a process runs, and what it reads and writes. All paths are absolute. */
export type SpawnTarget = {
  readonly cwd: string;
  readonly stdinPath: string;
  readonly outPath: string;
  readonly errPath: string;
};

/** An environment as `execve` takes it. */
export type EnvironmentBlock = { readonly pointers: ArrayBufferView; readonly strings: Uint8Array };

/** What Node has not got of the C library. */
export type Libc = {
  environment(env: Readonly<Record<string, string>>): EnvironmentBlock;
  /**
   * Starts a process in a session of its own, with default signal dispositions, its stdin open for reading, its outputs for reading and writing. Gives its process id, or
   * what went wrong as the negative number of an error. `argv` begins with what the process is to take for its own name. Returns when the system has executed the file, so that nothing of this process is copied.
   */
  spawn(path: string, argv: readonly string[], env: EnvironmentBlock, surroundings: SpawnTarget): number;
  /** The process id of a child that has ended and was not collected; 0: there is none; -1: there are no children at all. */
  ended(): number;
  /** Collects a child. Its status as `wait` has it; null: it lives; -1: it is none of ours. */
  collect(pid: number): number | null;
  /** Makes a FIFO with mode 0600. Gives 0, or the negative number of an error. */
  makeFifo(path: string): number;
  /** Whether `look` works here: older libraries have no `statx`, and some containers refuse it. */
  readonly canLook: boolean;
  /** Looks at a path, its links followed. False: that can't be done. */
  look(path: string): boolean;
  /** Of the last look: owner, mode, inode, size, times and device as text that is for comparing only. */
  lookedLike(): string;
  /** Of the last look, in bytes. */
  lookedSize(): number;
};

const spawnFlags = 0x04 | 0x08 | 0x80; // SETSIGDEF, SETSIGMASK, SETSID: the same in glibc and musl
const [allChildren, exitedNow, leaveIt, doNotWait] = [0, 4, 0x1000000, 1]; // P_ALL, WEXITED, WNOWAIT, WNOHANG
const workingDirectory = -100; // AT_FDCWD
const wanted = 0x3cb; // STATX_TYPE, _MODE, _UID, _GID, _MTIME, _CTIME, _INO, _SIZE
const [ownerAt, sizeAt, changedAt, endAt] = [20, 40, 96, 144]; // within struct statx, which is the kernel's, the same everywhere
const structBytes = 512; // more than each of its structures takes
const [readOnly, readWrite] = [0, 2]; // O_RDONLY, O_RDWR

let opened: Libc | null | undefined;

/** The C library of a Linux host, by way of `koffi`. Null: that is not installed or not for this host, or the library lacks something (glibc before 2.29). */
export function libc(): Libc | null {
  if (opened === undefined) opened = process.platform === 'linux' ? open() : null;
  return opened;
}

function open(): Libc | null {
  try {
    return bind(createRequire(import.meta.url)('koffi'));
  } catch {
    return null;
  }
}

function bind(koffi: typeof import('koffi')): Libc {
  const library = koffi.load(null);
  const call = (definition: string): ((...args: readonly unknown[]) => number) => library.func(definition);
  const initActions = call('int posix_spawn_file_actions_init(void *)');
  const addOpen = call('int posix_spawn_file_actions_addopen(void *, int, const char *, int, unsigned int)');
  const addChdir = call('int posix_spawn_file_actions_addchdir_np(void *, const char *)');
  const destroyActions = call('int posix_spawn_file_actions_destroy(void *)');
  const posixSpawn = call('int posix_spawn(void *, const char *, void *, void *, const char **, void *)');
  const waitid = call('int waitid(int, unsigned int, void *, int)');
  const waitpid = call('int waitpid(int, void *, int)');
  const mkfifo = call('int mkfifo(const char *, unsigned int)');

  const Pointers = koffi.sizeof('void *') === 8 ? BigUint64Array : Uint32Array;
  const attributes = new Uint8Array(structBytes);
  call('int posix_spawnattr_init(void *)')(attributes);
  call('int posix_spawnattr_setflags(void *, short)')(attributes, spawnFlags);
  const signals = new Uint8Array(structBytes);
  call('int posix_spawnattr_setsigmask(void *, void *)')(attributes, signals);
  call('int posix_spawnattr_setsigdefault(void *, void *)')(attributes, signals.fill(0xff));
  const actions = new Uint8Array(structBytes);
  const number = new Int32Array(1);
  const information = new Int32Array(structBytes / 4);
  const seen = Buffer.alloc(structBytes);
  const sizes = new BigUint64Array(seen.buffer, seen.byteOffset + sizeAt, 1);
  const pidAt = Pointers === BigUint64Array ? 4 : 3; // si_pid, behind three numbers that are aligned like a pointer

  const statx = findStatx();

  function findStatx(): typeof waitid | null {
    try {
      const found = call('int statx(int, const char *, int, unsigned int, void *)');
      return found(workingDirectory, '/', 0, wanted, seen) === 0 ? found : null;
    } catch {
      return null;
    }
  }

  return {
    environment(env) {
      const strings = Buffer.from(
        Object.entries(env)
          .map(([name, value]) => `${name}=${value}\0`)
          .join(''),
      );
      const begins = [0];
      for (let end = strings.indexOf(0); end >= 0; end = strings.indexOf(0, end + 1)) begins.push(end + 1);
      const base = koffi.address(strings);
      const addresses = [...begins.slice(0, -1).map((begin) => base + BigInt(begin)), 0n];
      const pointers =
        Pointers === BigUint64Array ? BigUint64Array.from(addresses) : Uint32Array.from(addresses, Number);
      return { pointers, strings };
    },
    spawn(path, argv, env, { cwd, stdinPath, outPath, errPath }) {
      initActions(actions);
      const failed =
        addOpen(actions, 0, stdinPath, readOnly, 0) ||
        addOpen(actions, 1, outPath, readWrite, 0) ||
        addOpen(actions, 2, errPath, readWrite, 0) ||
        addChdir(actions, cwd) ||
        posixSpawn(number, path, actions, attributes, [...argv, null], env.pointers);
      destroyActions(actions);
      return failed === 0 ? (number[0] ?? 0) : -failed;
    },
    ended() {
      information[pidAt] = 0;
      const result = waitid(allChildren, 0, information, exitedNow | leaveIt | doNotWait);
      return result === 0 ? (information[pidAt] ?? 0) : -1;
    },
    collect(pid) {
      const result = waitpid(pid, number, doNotWait);
      return result === 0 ? null : result === pid ? (number[0] ?? 0) : -1;
    },
    canLook: statx !== null,
    look(path) {
      if (statx?.(workingDirectory, path, 0, wanted, seen) !== 0) return false;
      seen.copyWithin(sizeAt + 8, changedAt, endAt); // over what else would differ: blocks, and when it was read last
      return true;
    },
    lookedLike: () => seen.toString('latin1', ownerAt, sizeAt + 8 + endAt - changedAt),
    lookedSize: () => Number(sizes[0]),
    makeFifo: (path) => (mkfifo(path, 0o600) === 0 ? 0 : -(koffi.errno() || constants.errno.EIO)),
  };
}
