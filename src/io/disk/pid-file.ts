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
import { takeLock } from './lock.ts';

/**
 * Files that name the process of an agent. Looking at one and replacing or removing it is one step, which two processes never take at
 * the same time: each holds a lock for it that the kernel lets go with the process. Failures are sentences for the user. Nothing throws.
 */
export type PidFiles = {
  /** Null: there is no such file. */
  read(path: string): Result<PidFile | null, string>;
  /** Why no agent could claim it; null: one can. Changes nothing. */
  trouble(path: string): string | null;
  /** Writes `text`, whole or not at all, with mode 0644; unless there is a file and `isHeld` says that it stands: then that one comes back. */
  claim(
    path: string,
    text: string,
    isHeld: (present: PidFile) => boolean,
  ): Result<{ readonly heldBy: PidFile | null }, string>;
  /** Removes the file if `isOurs` says so. Whether it is gone now. */
  remove(path: string, isOurs: (present: PidFile) => boolean): boolean;
};

/** What is in a file of that name: its text, cut to 4 KiB, and who owns it. */
export type PidFile = { readonly text: string; readonly uid: number };

const mostBytes = 4096;
const lockWaitMs = 10_000; // others hold it for some milliseconds; a process that was stopped in it, longer

/** The file system's own. */
export const pidFiles: PidFiles = {
  read(path) {
    try {
      return ok(readIfThere(path));
    } catch (error) {
      const code = codeOf(error);
      const cause =
        code === 'EACCES' ? "permission denied; type the same as the agent's user, or with sudo" : explain(code, path);
      return err(`the pid file ${path} can't be read: ${cause}`);
    }
  },
  trouble,
  claim(path, text, isHeld) {
    const unfit = trouble(path);
    if (unfit !== null) return err(unfit);
    try {
      return ok({ heldBy: alone(path, () => claimAlone(path, text, isHeld)) });
    } catch (error) {
      return err(`the pid file ${path} can't be written: ${explain(codeOf(error), path)}`);
    }
  },
  remove(path, isOurs) {
    try {
      if (readIfThere(path) === null) return true; // and no lock is made beside it
      return alone(path, () => {
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
    const kind = statSync(path, { throwIfNoEntry: false });
    return kind === undefined || kind.isFile()
      ? null
      : `the pid file ${path} is no regular file; name another with -p FILE`; // /dev/null, say
  } catch (error) {
    return `the pid file ${path} can't be written: ${explain(codeOf(error), path)}`;
  }
}

function claimAlone(path: string, text: string, isHeld: (present: PidFile) => boolean): PidFile | null {
  const present = readIfThere(path);
  if (present !== null && isHeld(present)) return present;
  const whole = `${path}.new`;
  try {
    rmSync(whole, { force: true }); // of one that was killed while it held the lock
    writeFileSync(whole, text, { flag: 'wx', mode: 0o644 });
    renameSync(whole, path);
  } catch (error) {
    rmSync(whole, { force: true });
    throw error;
  }
  return null;
}

/** Does `work` while no other process does work on the same path. The lock's file is gone afterwards: whoever waited for it then sees that its file is no longer the one at that path, and takes it anew. */
function alone<Value>(path: string, work: () => Value): Value {
  const lockPath = `${path}.lock`;
  for (;;) {
    const fd = openSync(lockPath, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    let lock: ReturnType<typeof takeLock> = null;
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
      closeSync(fd); // last: closing any descriptor of a file lets go of all locks that this process has on it
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
  return code;
}
