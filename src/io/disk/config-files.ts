import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { availableParallelism, hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { err, ok, type Result } from '../../model/result.ts';
import { errnoOf } from '../errors.ts';
import { noDescriptorsLeft } from '../no-descriptors.ts';
import { fingerprintOf } from './fingerprint.ts';

/**
 * Why a file or folder could not be read: an errno name such as `EACCES`, and its meaning in
 * words.
 */
export type ReadTrouble = {
  readonly code: string;
  readonly detail: string;
  /**
   * If a permission is missing: the user of this process, and the outermost folder that this user
   * may not enter, null if it is the path itself that can't be read. Null for any other trouble.
   */
  readonly denied: { readonly user: string; readonly folder: string | null } | null;
};

/** A configuration file that was read. */
export type ReadFile = {
  /** Bytes that are not UTF-8 are U+FFFD here. */
  readonly text: string;
  /** The twelve permission bits; null if the system has none. */
  readonly mode: number | null;
  /** Present if root owns the file. */
  readonly isRoots?: true;
  /**
   * The fingerprint in `Files.facts`, from just before the text was read. Null: the file is not a
   * regular one but a pipe, say, and its text can't be read again.
   */
  readonly fingerprint: string | null;
};

/** Reads configuration files. Neither function throws. */
export type ConfigFiles = {
  /** Reads a file of 1 MiB at most; the code is `EFBIG` if it is larger. */
  read(path: string): Result<ReadFile, ReadTrouble>;
  /** Returns the names in a folder, in no particular order. */
  list(path: string): Result<readonly string[], ReadTrouble>;
};

/**
 * The facts that defaults depend on. `uid` is the effective one, null on Windows. `home` comes
 * from the passwd entry. `home` and `cwd` are absolute.
 */
export type Machine = {
  readonly hostname: string;
  readonly cores: number;
  readonly uid: number | null;
  readonly home: string;
  readonly cwd: string;
};

const mostBytes = 1024 * 1024;
const tooLarge: ReadTrouble = { code: 'EFBIG', detail: 'it is larger than 1 MiB', denied: null };

/** Reads from the file system. */
export const systemConfigFiles: ConfigFiles = {
  read(path) {
    const read = attempt(path, () => {
      const descriptor = openSync(path, 'r');
      try {
        const stats = fstatSync(descriptor);
        const mode = process.platform === 'win32' ? null : stats.mode & 0o7777;
        const fingerprint = stats.isFile() ? fingerprintOf(stats) : null;
        const isRoots = stats.uid === 0 && process.platform !== 'win32';
        const text = readBounded(descriptor);
        return text === null ? null : { text, mode, fingerprint, ...(isRoots ? ({ isRoots: true } as const) : {}) };
      } finally {
        closeSync(descriptor);
      }
    });
    if (!read.ok) return read;
    return read.value === null ? err(tooLarge) : ok(read.value);
  },
  list: (path) => attempt(path, () => readdirSync(path)),
};

/** Reads all that is left of a file; null: more than a configuration may have. */
function readBounded(descriptor: number): string | null {
  const bytes = Buffer.alloc(mostBytes + 1);
  let length = 0;
  for (let read = 1; read > 0 && length < bytes.length; length += read)
    read = readSync(descriptor, bytes, length, bytes.length - length, null);
  return length > mostBytes ? null : bytes.toString('utf8', 0, length);
}

/** Reads the system's host name. */
export const readHostname: () => string = hostname;

/**
 * Reads the facts of this machine and process. `home` is `/` if the user has no passwd entry, and
 * `cwd` is `/` if the working directory was removed. Never throws.
 */
export function readMachine(): Machine {
  return {
    hostname: hostname(),
    cores: availableParallelism(),
    uid: process.geteuid?.() ?? null,
    home: orRoot(() => userInfo().homedir),
    cwd: orRoot(() => process.cwd()),
  };
}

function orRoot(read: () => string): string {
  try {
    return read();
  } catch {
    return '/';
  }
}

function attempt<Value>(path: string, read: () => Value): Result<Value, ReadTrouble> {
  try {
    return ok(read());
  } catch (error) {
    const [code, detail] = getSystemErrorMap().get(errnoOf(error) ?? 0) ?? ['UNKNOWN', String(error)];
    return err({
      code,
      detail: noDescriptorsLeft(code) ?? detail,
      denied: code === 'EACCES' ? { user: userNow(), folder: closedFolder(path) } : null,
    });
  }
}

/**
 * Returns the name of the user of this process, or the number if it has no name. It may have
 * started as another user.
 */
function userNow(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.() ?? 'of this process');
  }
}

/**
 * Returns the outermost folder above a path that this process may not enter; null if it may enter
 * all.
 */
function closedFolder(path: string): string | null {
  const folder = dirname(path);
  if (folder === path) return null;
  const above = closedFolder(folder);
  if (above !== null) return above;
  try {
    statSync(`${folder}/.`);
    return null;
  } catch {
    return folder;
  }
}
