import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const chunkBytes = 65_536;

/** What `stat` says of a path, its links followed. `mode` holds the twelve permission bits; times are in ms, with fractions. */
export type FileFacts = {
  readonly kind: 'file' | 'directory' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** Equal for two looks at a file that nobody wrote to, replaced, chmodded or chowned in between. */
  readonly fingerprint: string;
  /** Differs between a directory and another that took its place, even on the same inode. */
  readonly identity: string;
};

/** A failed look at a path: the errno name, `ENOENT`. */
export type FileFailure = { readonly kind: 'failed'; readonly code: string };

/** The file system as the stages see it. Paths are absolute. */
export type Files = {
  /** Never throws. */
  facts(path: string): FileFacts | FileFailure;
  /** The names in a directory. Never throws. */
  entries(dir: string): readonly string[] | FileFailure;
  /** Whether the path itself is a symbolic link. Never throws. */
  isLink(path: string): boolean;
  /** The path without links; the path as given where it has none. Never throws. */
  realpath(path: string): string;
  /** The first bytes of a file, as Latin-1 text; null if it can't be read. */
  head(path: string, bytes: number): string | null;
};

/** The machine's own file system. */
export const systemFiles: Files = {
  facts(path) {
    try {
      const s = statSync(path, { bigint: true });
      return {
        kind: s.isFile() ? 'file' : s.isDirectory() ? 'directory' : 'other',
        mode: Number(s.mode & 0o7777n),
        uid: Number(s.uid),
        sizeBytes: Number(s.size),
        mtimeMs: Number(s.mtimeNs) / 1e6,
        ctimeMs: Number(s.ctimeNs) / 1e6,
        fingerprint: fingerprintOf(s),
        identity: `${s.dev}:${s.ino}:${s.birthtimeNs}`,
      };
    } catch (error) {
      return failure(error);
    }
  },
  entries(dir) {
    try {
      return readdirSync(dir);
    } catch (error) {
      return failure(error);
    }
  },
  isLink(path) {
    try {
      return lstatSync(path).isSymbolicLink();
    } catch {
      return false;
    }
  },
  realpath(path) {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  },
  head(path, bytes) {
    try {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // it may be a FIFO by now
      try {
        const buffer = Buffer.alloc(bytes);
        return buffer.toString('latin1', 0, readSync(fd, buffer));
      } finally {
        closeSync(fd);
      }
    } catch {
      return null;
    }
  },
};

/** The fingerprint of what `stat` said, wherever it was asked. */
export function fingerprintOf(s: BigIntStats): string {
  return `${s.dev}:${s.ino}:${s.mode}:${s.uid}:${s.size}:${s.mtimeNs}:${s.ctimeNs}`;
}

/** Makes a directory that only its owner may enter, and what lies above it. Throws what the system says. */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Renames a file, in place of what bears the new name; one that is not there is left so. Throws what else the system says. */
export function renameFile(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
}

/** Removes a file, where it is there. Throws what the system says. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Removes what an agent left behind, if it is of this kind and no link. Whether it was there. Throws what the system says. */
export function removeLeftover(path: string, kind: 'file' | 'socket'): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (!(kind === 'file' ? facts?.isFile() : facts?.isSocket())) return false;
  rmSync(path, { force: true });
  return true;
}

/** A new private folder among the temporary ones, and a way to remove it with all that is in it. Throws what the system says. */
export function makeTemporaryFolder(prefix: string): { readonly path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A private file that is being written. */
export type KeptFile = {
  readonly name: string;
  /** Adds bytes, all of them or none. Throws what the system says. */
  append(bytes: Uint8Array): void;
  close(): void;
};

/** Private files in one folder, each written once under a name of its own and removed later: the kept outputs of plugins. */
export type KeptFiles = {
  /** The file's absolute path. */
  pathOf(name: string): string;
  /** Begins a new file with mode 0600. Throws what the system says. */
  create(): KeptFile;
  /** The file's bytes from its beginning, as often as asked. A chunk is overwritten by the next. Nothing if there is no such file; throws what else the system says. */
  chunks(name: string): Iterable<Uint8Array>;
  /** Never throws; a file that is not there is removed already. */
  remove(name: string): void;
  /** Null if it is not there, or can't be looked at. */
  sizeOf(name: string): number | null;
  /** All names. */
  list(): readonly string[];
};

/** Keeps files in `dir`, which is made when missing, with mode 0700. `life` is part of their names: those of two lives of the agent never meet. Throws if `dir` can't be made. */
export function keepFilesIn(dir: string, life: string): KeptFiles {
  makePrivateDirectory(dir);
  const pathOf = (name: string) => `${dir}/${name}`;
  let created = 0;
  return {
    pathOf,
    create() {
      created += 1;
      const name = `${life}-${created}`;
      const fd = openSync(pathOf(name), 'wx', 0o600);
      let sizeBytes = 0;
      return {
        name,
        append(bytes) {
          try {
            for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
            sizeBytes += bytes.length;
          } catch (error) {
            ftruncateSync(fd, sizeBytes);
            throw error;
          }
        },
        close: () => closeSync(fd),
      };
    },
    chunks: (name) => ({ [Symbol.iterator]: () => readChunks(pathOf(name)) }),
    remove(name) {
      try {
        rmSync(pathOf(name), { force: true });
      } catch {
        // it is only room on the disk; the next start tries again
      }
    },
    sizeOf(name) {
      try {
        return statSync(pathOf(name), { throwIfNoEntry: false })?.size ?? null;
      } catch {
        return null; // its folder was closed to us
      }
    },
    list: () => readdirSync(dir),
  };
}

function* readChunks(path: string): Generator<Uint8Array, void, undefined> {
  const fd = openIfThere(path);
  if (fd === null) return;
  try {
    const buffer = new Uint8Array(chunkBytes);
    for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) yield buffer.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(failure(error).code)) return null;
    throw error;
  }
}

function failure(error: unknown): FileFailure {
  return { kind: 'failed', code: error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EUNKNOWN' };
}
