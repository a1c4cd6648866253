import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { err, ok, type Result } from '../../model/result.ts';
import { quoted } from '../../words/shell-words.ts';
import { codeOf } from '../errors.ts';
import { noDescriptorsLeft } from '../no-descriptors.ts';
import { type FileLock, takeLock } from './lock.ts';

/**
 * Files that name the process of an agent. To look at a file and then replace or remove it is one
 * step, which two processes never take at the same time: each takes a lock that the kernel
 * releases when the process ends. A failure is a sentence for the user. Nothing throws.
 */
export type PidFiles = {
  /** Reads a file. Null: there is no such file. */
  read(path: string): Result<PidFile | null, string>;
  /** Says why no agent could claim the path; null if one can. Changes nothing. */
  trouble(path: string): string | null;
  /**
   * Writes all of `text` or nothing, with mode 0644. If there is a file already and `isHeld` says
   * that an agent holds it, changes nothing and returns that file.
   */
  claim(
    path: string,
    text: string,
    isHeld: (present: PidFile) => boolean,
  ): Result<{ readonly heldBy: PidFile | null }, string>;
  /** Removes the file if `isOurs` says so. Returns whether there is no such file now. */
  remove(path: string, isOurs: (present: PidFile) => boolean): boolean;
};

/** A pid file: its text, cut to 4 KiB, and its owner's user id. */
export type PidFile = { readonly text: string; readonly uid: number };

const mostBytes = 4096;
const lockWaitMs = 10_000; // a process holds it for some milliseconds; longer if it is stopped meanwhile

/** Pid files in the file system. */
export const pidFiles: PidFiles = {
  read(path) {
    try {
      return ok(readIfThere(path));
    } catch (error) {
      const code = codeOf(error);
      const cause =
        code === 'EACCES'
          ? "permission denied; type the same command as the agent's user, or with sudo"
          : explain(code, path);
      return err(`the pid file ${path} can't be read: ${cause}`);
    }
  },
  trouble,
  claim(path, text, isHeld) {
    const unfit = trouble(path);
    if (unfit !== null) return err(unfit);
    try {
      return ok({ heldBy: withLock(path, () => claimLocked(path, text, isHeld)) });
    } catch (error) {
      return err(`the pid file ${path} can't be written: ${explain(codeOf(error), path)}`);
    }
  },
  remove(path, isOurs) {
    try {
      if (readIfThere(path) === null) return true; // no lock file is made beside it then
      return withLock(path, () => {
        const present = readIfThere(path);
        if (present !== null && !isOurs(present)) return false;
        rmSync(path, { force: true });
        return true;
      });
    } catch {
      return false;
    }
  },
};

function trouble(path: string): string | null {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    const facts = statSync(path, { throwIfNoEntry: false });
    return facts === undefined || facts.isFile()
      ? null
      : `the pid file ${path} is not a regular file; name another with -p FILE`; // /dev/null, say
  } catch (error) {
    return `the pid file ${path} can't be written: ${explain(codeOf(error), path)}`;
  }
}

function claimLocked(path: string, text: string, isHeld: (present: PidFile) => boolean): PidFile | null {
  const present = readIfThere(path);
  if (present !== null && isHeld(present)) return present;
  const newPath = `${path}.new`;
  try {
    rmSync(newPath, { force: true }); // a process that was killed while it held the lock left it
    writeFileSync(newPath, text, { flag: 'wx', mode: 0o644 });
    renameSync(newPath, path);
  } catch (error) {
    rmSync(newPath, { force: true });
    throw error;
  }
  return null;
}

/**
 * Does `work` while no other process does work on the same path. The lock's file is removed
 * afterwards: a process that waited for it then sees that its file is no longer the one at that
 * path, and starts again.
 */
function withLock<Value>(path: string, work: () => Value): Value {
  const lockPath = `${path}.lock`;
  for (;;) {
    const fd = openSync(lockPath, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    let lock: FileLock | null = null;
    try {
      lock = takeLock(lockPath, lockWaitMs);
      if (lock === null) throw new Error(`another process has held ${lockPath} for ${lockWaitMs / 1000} s`);
      if (!isAt(fd, lockPath)) continue;
      try {
        return work();
      } finally {
        rmSync(lockPath, { force: true });
      }
    } finally {
      lock?.release();
      closeSync(fd); // last: to close any descriptor of a file releases all locks of this process on it
    }
  }
}

function isAt(fd: number, path: string): boolean {
  const here = fstatSync(fd);
  const there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && here.ino === there.ino && here.dev === there.dev;
}

function readIfThere(path: string): PidFile | null {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(mostBytes);
      return { text: buffer.toString('utf8', 0, readSync(fd, buffer)), uid: fstatSync(fd).uid };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
    throw error;
  }
}

function explain(code: string, path: string): string {
  if (code === 'ENOENT') return `its folder is missing; mkdir -p ${quoted(dirname(path))}`;
  if (code === 'EACCES' || code === 'EPERM')
    return `permission denied in ${dirname(path)}; name a file elsewhere with -p FILE`;
  if (code === 'EROFS') return 'the file system is read-only; name a file elsewhere with -p FILE';
  return noDescriptorsLeft(code) ?? code;
}
