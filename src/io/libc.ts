import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { bindProcess, type FindFunction, type LibcProcess } from './libc-process.ts';
import { bindWait, type LibcWait } from './libc-wait.ts';

/** Where a process runs, and what it reads and writes. All paths are absolute. */
export type SpawnTarget = {
  readonly cwd: string;
  readonly stdinPath: string;
  readonly outPath: string;
  readonly errPath: string;
};

/** An environment as `execve` takes it. */
export type EnvironmentBlock = { readonly pointers: ArrayBufferView; readonly strings: Uint8Array };

/** What Node does not offer of the C library, on Linux. Nothing here throws. */
export type Libc = LibcProcess &
  LibcWait & {
    /** Makes the block that `spawn` takes, from names and values. */
    environment(env: Readonly<Record<string, string>>): EnvironmentBlock;
    /**
     * Starts a process in a session of its own, with default signal dispositions, its stdin open
     * for reading, its outputs for reading and writing. Returns its process id, or the negative
     * number of an error. `argv` begins with the name that the process has for itself. Returns once
     * the system has executed the file, so nothing of this process is copied.
     */
    spawn(path: string, argv: readonly string[], env: EnvironmentBlock, target: SpawnTarget): number;
    /** Makes a FIFO with mode 0600. Returns 0, or the negative number of an error. */
    makeFifo(path: string): number;
    /**
     * Writes bytes into an open file at this position, at less cost than Node. That it failed is
     * not told. Null: with 32 bits, libraries differ in how long a position is.
     */
    readonly writeAt: ((fd: number, bytes: Uint8Array, position: number) => void) | null;
    /**
     * Reads an extended attribute of a file, its links followed; null: it has none of this name.
     */
    attribute(path: string, name: string): Uint8Array | null;
    /** Looks at files. Null: older libraries have no `statx`, and some containers refuse it. */
    readonly fileLook: FileLook | null;
  };

/** A look at a file by one call of `statx`, its links followed. It leaves hardly any garbage. */
export type FileLook = {
  /**
   * Returns owner, mode, inode, size, times and device as text that is for comparing only; null if
   * the path can't be looked at.
   */
  fingerprint(path: string): string | null;
  /**
   * Returns owner, group, mode, inode and device of the entry itself, as text that is for comparing
   * only; null if it can't be looked at. Also the time of the last change of a link, which may be
   * another one on the same inode, and of what its group can write, which may have another access
   * list. Otherwise stays the same when something in a folder is made or removed.
   */
  entry(path: string): string | null;
  /** Returns the size in bytes; null if the path can't be looked at. */
  sizeBytes(path: string): number | null;
};

const spawnFlags = 0x04 | 0x08 | 0x80; // SETSIGDEF, SETSIGMASK, SETSID: the same in glibc and musl
const workingDirectory = -100; // AT_FDCWD
const notThroughLink = 0x100; // AT_SYMLINK_NOFOLLOW
const wantedFields = 0x3db; // STATX_TYPE, _MODE, _UID, _GID, _MTIME, _CTIME, _INO, _SIZE
// Within struct statx, the same on all machines
const [ownerAt, modeAt, sizeAt, changedAt, writtenAt, deviceAt, endAt] = [20, 28, 40, 96, 112, 136, 144];
const [typeBits, linkType] = [0o170000, 0o120000]; // S_IFMT, S_IFLNK
const [sticky, groupWrites] = [0o1000, 0o020]; // S_ISVTX, S_IWGRP
const attributeBytes = 65_536; // as long as Linux allows: a list that is not read would count as none
const structBytes = 512; // each of the C library's structures is smaller
const [readOnly, readWrite] = [0, 2]; // O_RDONLY, O_RDWR

let opened: Libc | null | undefined; // for the whole process; undefined: not tried yet

/**
 * Returns the C library of a Linux host, called by `koffi`. Null: `koffi` is not installed or not
 * made for this host, or the library lacks a function (glibc before 2.29).
 */
export function libc(): Libc | null {
  if (opened === undefined) opened = process.platform === 'linux' ? open() : null;
  return opened;
}

/** Whether this is a Linux host whose C library can't be called. */
export function isLibcMissing(): boolean {
  return process.platform === 'linux' && libc() === null;
}

function open(): Libc | null {
  try {
    return bind(createRequire(import.meta.url)('koffi'));
  } catch {
    return null;
  }
}

type Koffi = typeof import('koffi');

function bind(koffi: Koffi): Libc {
  const library = koffi.load(null);
  const find: FindFunction = (declaration) => library.func(declaration);
  const mkfifo = find('int mkfifo(const char *, unsigned int)');
  return {
    environment: (env) => environmentBlock(koffi, env),
    spawn: bindSpawn(find),
    ...bindWait(find, has64Bits(koffi)),
    makeFifo: (path) => (mkfifo(path, 0o600) === 0 ? 0 : -(koffi.errno() || constants.errno.EIO)),
    writeAt: has64Bits(koffi) ? bindWriteAt(find) : null,
    attribute: bindAttribute(find),
    fileLook: bindFileLook(find),
    ...bindProcess(find, () => koffi.errno() || constants.errno.EIO),
  };
}

function environmentBlock(koffi: Koffi, env: Readonly<Record<string, string>>): EnvironmentBlock {
  const strings = Buffer.from(
    Object.entries(env)
      .map(([name, value]) => `${name}=${value}\0`)
      .join(''),
  );
  const begins = [0];
  for (let end = strings.indexOf(0); end >= 0; end = strings.indexOf(0, end + 1)) begins.push(end + 1);
  const base = koffi.address(strings);
  const addresses = [...begins.slice(0, -1).map((begin) => base + BigInt(begin)), 0n];
  const pointers = has64Bits(koffi) ? BigUint64Array.from(addresses) : Uint32Array.from(addresses, Number);
  return { pointers, strings };
}

function has64Bits(koffi: Koffi): boolean {
  return koffi.sizeof('void *') === 8;
}

function bindSpawn(find: FindFunction): Libc['spawn'] {
  const initActions = find('int posix_spawn_file_actions_init(void *)');
  const addOpen = find('int posix_spawn_file_actions_addopen(void *, int, const char *, int, unsigned int)');
  const addChdir = find('int posix_spawn_file_actions_addchdir_np(void *, const char *)');
  const destroyActions = find('int posix_spawn_file_actions_destroy(void *)');
  const posixSpawn = find('int posix_spawn(void *, const char *, void *, void *, const char **, void *)');
  const attributes = new Uint8Array(structBytes);
  find('int posix_spawnattr_init(void *)')(attributes);
  find('int posix_spawnattr_setflags(void *, short)')(attributes, spawnFlags);
  const signals = new Uint8Array(structBytes);
  find('int posix_spawnattr_setsigmask(void *, void *)')(attributes, signals);
  find('int posix_spawnattr_setsigdefault(void *, void *)')(attributes, signals.fill(0xff));
  const actions = new Uint8Array(structBytes);
  const pid = new Int32Array(1);

  return (path, argv, env, { cwd, stdinPath, outPath, errPath }) => {
    initActions(actions);
    const failed =
      addOpen(actions, 0, stdinPath, readOnly, 0) ||
      addOpen(actions, 1, outPath, readWrite, 0) ||
      addOpen(actions, 2, errPath, readWrite, 0) ||
      addChdir(actions, cwd) ||
      posixSpawn(pid, path, actions, attributes, [...argv, null], env.pointers);
    destroyActions(actions);
    return failed === 0 ? (pid[0] ?? 0) : -failed;
  };
}

function bindWriteAt(find: FindFunction): NonNullable<Libc['writeAt']> {
  const pwrite = find('long pwrite(int, const void *, size_t, long)');
  return (fd, bytes, position) => void pwrite(fd, bytes, bytes.length, position);
}

function bindAttribute(find: FindFunction): Libc['attribute'] {
  const getxattr = find('long getxattr(const char *, const char *, void *, size_t)');
  return (path, name) => {
    const value = new Uint8Array(attributeBytes);
    const bytes = getxattr(path, name, value, attributeBytes);
    return bytes < 0 ? null : value.subarray(0, bytes);
  };
}

function bindFileLook(find: FindFunction): FileLook | null {
  const facts = Buffer.alloc(structBytes);
  const sizes = new BigUint64Array(facts.buffer, facts.byteOffset + sizeAt, 1);
  const modes = new Uint16Array(facts.buffer, facts.byteOffset + modeAt, 1);
  const statx = findStatx(find, facts);
  if (statx === null) return null;
  const look = (path: string) => statx(workingDirectory, path, 0, wantedFields, facts) === 0;
  return {
    fingerprint(path) {
      if (!look(path)) return null;
      facts.copyWithin(sizeAt + 8, changedAt, endAt); // over blocks and time of the last read, which differ
      return facts.toString('latin1', ownerAt, sizeAt + 8 + endAt - changedAt);
    },
    entry(path) {
      if (statx(workingDirectory, path, notThroughLink, wantedFields, facts) !== 0) return null;
      const mode = modes[0] ?? 0;
      const isTimed = (mode & typeBits) === linkType || (mode & (groupWrites | sticky)) === groupWrites;
      const changed = isTimed ? facts.toString('latin1', changedAt, writtenAt) : '';
      return facts.toString('latin1', ownerAt, sizeAt) + facts.toString('latin1', deviceAt, endAt) + changed;
    },
    sizeBytes: (path) => (look(path) ? Number(sizes[0]) : null),
  };
}

function findStatx(find: FindFunction, facts: Buffer): ReturnType<FindFunction> | null {
  try {
    const statx = find('int statx(int, const char *, int, unsigned int, void *)');
    return statx(workingDirectory, '/', 0, wantedFields, facts) === 0 ? statx : null;
  } catch {
    return null;
  }
}
