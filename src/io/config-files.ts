import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, hostname, userInfo } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { err, ok, type Result } from '../model/result.ts';

/** Why a file or folder could not be read: an errno name such as `EACCES` and its meaning in words. */
type ReadTrouble = { readonly code: string; readonly detail: string };

/** The edge through which configuration files are read. Neither function throws. */
export type ConfigFiles = {
  /** The text (bytes that are not UTF-8 as U+FFFD) and the twelve permission bits; null where the system has none. */
  read(path: string): Result<{ readonly text: string; readonly mode: number | null }, ReadTrouble>;
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
    attempt(() => {
      const descriptor = openSync(path, 'r');
      try {
        const mode = process.platform === 'win32' ? null : fstatSync(descriptor).mode & 0o7777;
        return { text: readFileSync(descriptor, 'utf8'), mode };
      } finally {
        closeSync(descriptor);
      }
    }),
  list: (path) => attempt(() => readdirSync(path)),
};

/** The facts of this machine and process. Never throws: a user without a passwd entry has the home `/`, and so has a lost working directory. */
export function readMachine(): Machine {
  return {
    hostname: hostname(),
    cores: availableParallelism(),
    uid: process.geteuid?.() ?? null,
    home: orRoot(attempt(() => userInfo().homedir)),
    cwd: orRoot(attempt(() => process.cwd())),
  };
}

function orRoot(path: Result<string, ReadTrouble>): string {
  return path.ok ? path.value : '/';
}

function attempt<Value>(read: () => Value): Result<Value, ReadTrouble> {
  try {
    return ok(read());
  } catch (error) {
    const errno = error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
    const [code, detail] = getSystemErrorMap().get(errno) ?? ['UNKNOWN', String(error)];
    return err({ code, detail });
  }
}
