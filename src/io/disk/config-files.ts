import { closeSync, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism, hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { err, ok, type Result } from '../../model/result.ts';
import { fingerprintOf } from './fingerprint.ts';

/** Why a file or folder could not be read: an errno name such as `EACCES` and its meaning in words. */
export type ReadTrouble = {
  readonly code: string;
  readonly detail: string;
  /** Who was denied it: the user that this process is now, and the folder above that it may not enter; null: it is the path itself. Null where no permission is missing. */
  readonly denied: { readonly user: string; readonly folder: string | null } | null;
};

/** What a configuration file holds and is. */
export type ReadFile = {
  /** Bytes that are not UTF-8 as U+FFFD. */
  readonly text: string;
  /** The twelve permission bits; null where the system has none. */
  readonly mode: number | null;
  /** There where root owns it. */
  readonly isRoots?: true;
  /** As `Files.facts` gives it, from just before the text was read; null: it is no regular file (a pipe), and what it held can't be read again. */
  readonly fingerprint: string | null;
};

/** The edge through which configuration files are read. Neither function throws. */
export type ConfigFiles = {
  read(path: string): Result<ReadFile, ReadTrouble>;
  /** The names in a folder, in no order. */
  list(path: string): Result<readonly string[], ReadTrouble>;
};

/** What defaults depend on. `uid` is the effective one, null on Windows; `home` is the passwd entry's; `home` and `cwd` are absolute. */
export type Machine = {
  readonly hostname: string;
  readonly cores: number;
  readonly uid: number | null;
  readonly home: string;
  readonly cwd: string;
};

/** The file system's own files. */
export const systemConfigFiles: ConfigFiles = {
  read: (path) =>
    attempt(path, () => {
      const descriptor = openSync(path, 'r');
      try {
        const stats = fstatSync(descriptor);
        const mode = process.platform === 'win32' ? null : stats.mode & 0o7777;
        const fingerprint = stats.isFile() ? fingerprintOf(stats) : null;
        const isRoots = stats.uid === 0 && process.platform !== 'win32';
        return { text: readFileSync(descriptor, 'utf8'), mode, fingerprint, ...(isRoots ? { isRoots: true } : {}) };
      } finally {
        closeSync(descriptor);
      }
    }),
  list: (path) => attempt(path, () => readdirSync(path)),
};

/** The facts of this machine and process. Never throws: a user without a passwd entry has the home `/`, and so has a lost working directory. */
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
    const errno = error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
    const [code, detail] = getSystemErrorMap().get(errno) ?? ['UNKNOWN', String(error)];
    return err({ code, detail, denied: code === 'EACCES' ? { user: userNow(), folder: closedFolder(path) } : null });
  }
}

/** The user this process is now, which may not be the one it began as: the name, or the number where it has none. */
function userNow(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.() ?? 'of this process');
  }
}

/** The outermost folder above a path that this process may not enter; null: it may enter all of them. */
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
