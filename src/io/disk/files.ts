import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import { appearanceOf, fingerprintOf } from './fingerprint.ts';

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
  /**
   * Equal for two looks at a path between which nobody wrote to it, replaced, chmodded or chowned it; null: it can't be looked at. Costs less than `facts`, and is not to be
   * compared with what that gives. Never throws.
   */
  appearance(path: string): string | null;
  /** The names in a directory. Never throws. */
  entries(dir: string): readonly string[] | FileFailure;
  /** Whether the path itself is a symbolic link. Never throws. */
  isLink(path: string): boolean;
  /** The path without links; the path as given where it has none. Never throws. */
  realpath(path: string): string;
  /** The first bytes of a file, as Latin-1 text; null if it can't be read. */
  head(path: string, bytes: number): string | null;
};

/** Text is made of them only where it is asked for: each script is looked at twice at each tick. */
class Facts implements FileFacts {
  readonly #stats: Stats;
  readonly kind: FileFacts['kind'];
  readonly mode: number;
  readonly uid: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;

  constructor(stats: Stats) {
    this.#stats = stats;
    this.kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
    this.mode = stats.mode & 0o7777;
    this.uid = stats.uid;
    this.sizeBytes = stats.size;
    this.mtimeMs = stats.mtimeMs;
    this.ctimeMs = stats.ctimeMs;
  }

  get fingerprint(): string {
    return fingerprintOf(this.#stats);
  }

  get identity(): string {
    const { dev, ino, birthtimeMs } = this.#stats;
    return `${dev}:${ino}:${birthtimeMs}`;
  }
}

/** The machine's own file system. */
export const systemFiles: Files = {
  facts(path) {
    try {
      return new Facts(statSync(path));
    } catch (error) {
      return failure(error);
    }
  },
  appearance: appearanceOf,
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

/** An error of the file system, by its name. */
export function failure(error: unknown): FileFailure {
  return {
    kind: 'failed',
    code: systemCodeOf(error) ?? 'EUNKNOWN',
  };
}
