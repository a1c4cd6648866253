import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type AccessList, accessListAt, hasCapabilities } from './access-list.ts';
import { type FileFailure, fileFailure } from './file-failure.ts';
import { entryFingerprintAt, fingerprintAt, fingerprintOf } from './fingerprint.ts';
import { type GroupFacts, groupFacts, groupsFingerprint } from './groups.ts';
import { type PathStep, pathSteps } from './path-steps.ts';
import { userName } from './user-names.ts';

/**
 * What `stat` says of a path, its links followed. `mode` holds the twelve permission bits; times
 * are in ms, with fractions.
 */
export type FileFacts = {
  readonly kind: 'file' | 'directory' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly sizeBytes: number;
  /** How many names the file has: hard links. */
  readonly names: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /**
   * Stays the same until the file is written to, replaced, chmodded or chowned. Not comparable
   * with the result of `Files.fingerprint`.
   */
  readonly fingerprint: string;
  /** Differs between a directory and another one that took its place, even on the same inode. */
  readonly identity: string;
  /** Device and inode: those of a file that this process has open are not used again. */
  readonly inode: string;
};

/** The file system as the stages see it. Paths are absolute. Nothing here throws. */
export type Files = {
  /** Returns what `stat` says of the path. */
  facts(path: string): FileFacts | FileFailure;
  /**
   * Returns a text that stays the same until the path is written to, replaced, chmodded or
   * chowned; null if it can't be looked at. Costs less than `facts`, and is not comparable with
   * the fingerprint in there.
   */
  fingerprint(path: string): string | null;
  /** Returns the names in a directory. */
  entries(dir: string): readonly string[] | FileFailure;
  /** Whether the path itself is a symbolic link. */
  isLink(path: string): boolean;
  /**
   * Returns where a symbolic link leads, without further links, or as far as it can be resolved;
   * null: the path itself is not a link.
   */
  linkTarget(path: string): string | null;
  /** Returns the path without links, or the path as given if it can't be resolved. */
  realpath(path: string): string;
  /** Returns the name of the user with this number; null: it has none here. */
  userName(uid: number): string | null;
  /** Whether this user may execute a file. */
  isExecutable(path: string): boolean;
  /** `pathSteps`: every folder and link that the system passes on its way to a path. */
  pathSteps(path: string, isInto?: boolean): readonly PathStep[] | FileFailure;
  /** `entryFingerprintAt`: stays the same while an entry keeps its owner, group and mode. */
  entryFingerprint(path: string): string | null;
  /** Returns who may write a file by its access list; null: it has none that can be read. */
  accessList(path: string): AccessList | null;
  /** Whether a file has capabilities; null: that can't be read here. */
  hasCapabilities(path: string): boolean | null;
  /** Returns a group as the system's files know it. */
  group(gid: number): GroupFacts;
  /** Stays the same until these files are changed. */
  groupsFingerprint(): string;
  /** Returns the first bytes of a file as Latin-1 text; null if it can't be read. */
  head(path: string, bytes: number): string | null;
};

/** Makes texts only when they are read: each script is looked at twice at each tick. */
class StatFacts implements FileFacts {
  readonly #stats: Stats;
  readonly kind: FileFacts['kind'];
  readonly mode: number;
  readonly uid: number;
  readonly sizeBytes: number;
  readonly names: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;

  constructor(stats: Stats) {
    this.#stats = stats;
    this.kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
    this.mode = stats.mode & 0o7777;
    this.uid = stats.uid;
    this.sizeBytes = stats.size;
    this.names = stats.nlink;
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

  get inode(): string {
    return `${this.#stats.dev}:${this.#stats.ino}`;
  }
}

/** The machine's own file system. */
export const systemFiles: Files = {
  facts(path) {
    try {
      return new StatFacts(statSync(path));
    } catch (error) {
      return fileFailure(error);
    }
  },
  fingerprint: fingerprintAt,
  entries(dir) {
    try {
      return readdirSync(dir);
    } catch (error) {
      return fileFailure(error);
    }
  },
  isLink(path) {
    try {
      return lstatSync(path).isSymbolicLink();
    } catch {
      return false;
    }
  },
  linkTarget(path) {
    try {
      const target = resolve(realpathSync(dirname(path)), readlinkSync(path));
      return existsSync(target) ? realpathSync(target) : target;
    } catch {
      return null;
    }
  },
  realpath(path) {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  },
  userName,
  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },
  pathSteps,
  entryFingerprint: entryFingerprintAt,
  accessList: accessListAt,
  hasCapabilities,
  group: groupFacts,
  groupsFingerprint,
  head(path, bytes) {
    try {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a FIFO may have taken its place
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

/**
 * Returns device and inode of a path, its links followed; null if it can't be looked at. Those of a
 * file that this process has open are not used again. Never throws.
 */
export function inodeAt(path: string): string | null {
  const facts = systemFiles.facts(path);
  return facts.kind === 'failed' ? null : facts.inode;
}

/**
 * Makes a directory that only its owner may enter, and missing directories above it. Throws the
 * system's error.
 */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/**
 * Renames a file, over an existing one of the new name. Does nothing if the file is missing.
 * Throws the system's error.
 */
export function renameFile(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
}

/** Removes a file if it exists. Throws the system's error. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/**
 * Removes what an agent left behind if it is of this kind, and never through a link. Returns
 * whether it did. Throws the system's error.
 */
export function removeLeftover(path: string, kind: 'file' | 'socket'): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (!(kind === 'file' ? facts?.isFile() : facts?.isSocket())) return false;
  rmSync(path, { force: true });
  return true;
}

/**
 * Makes a private folder in the system's temporary folder. Returns its path and a function that
 * removes it with its content. Throws the system's error.
 */
export function makeTemporaryFolder(prefix: string): { readonly path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
