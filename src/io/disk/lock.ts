import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { openConnection, openToRead } from './database.ts';
import { inodeAt } from './files.ts';

/** A lock that this process holds. */
export type FileLock = {
  /** Whether the file at the path is still the one that is locked. Never throws. */
  isThere(): boolean;
  release(): void;
};

/** What another process can see of a lock. */
export type LockState =
  /** No process holds it: the file is missing, or was left behind. */
  | { readonly kind: 'free' }
  /**
   * A process holds it. `line` is what that process has written; null: it could not write, or has
   * taken the lock at this moment.
   */
  | { readonly kind: 'held'; readonly line: string | null }
  /** The file can't be read. `detail` is what SQLite or the system says. */
  | { readonly kind: 'unreadable'; readonly detail: string };

/** Returns the path of the file that the agent of a state directory locks while it runs. */
export function lockPath(stateDir: string): string {
  return join(stateDir, 'lock');
}

const heldWords = 'database is locked';
const junkWords = 'file is not a database';
const mark = 'held by process ';

/**
 * Takes a lock for as long as this process lives: an exclusive transaction on a small file of
 * SQLite, which the kernel ends with the process. Waits up to `waitMs` for another process, and
 * does nothing else meanwhile. Null: another process still holds it. Throws if the file can't be
 * made, or is not a lock.
 *
 * While it holds a lock, a process must not open the file in any other way: to close a descriptor
 * of it releases the lock.
 */
export function takeLock(path: string, waitMs = 0): FileLock | null {
  return lockWith(path, `PRAGMA busy_timeout = ${waitMs}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
}

/**
 * Takes a lock as `takeLock` does, and writes `line` into the file, where `readLock` finds it: it
 * can't be removed without the lock. A full disk does not keep it from being taken, only from being
 * signed. Waits up to `waitMs` for a process that only looks at the lock.
 */
export function takeSignedLock(path: string, line: string, waitMs: number): FileLock | null {
  const text = `${mark}${line}\n`.replaceAll("'", "''");
  return lockWith(
    path,
    `PRAGMA busy_timeout = ${waitMs}; ` +
      'PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; ' +
      'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE', // the mode keeps the lock after the commit
    'CREATE TABLE IF NOT EXISTS holder (line TEXT); DELETE FROM holder; ' +
      `INSERT INTO holder VALUES ('${text}'); COMMIT`,
  );
}

/**
 * Looks at a lock from another process than the one that may hold it. Changes nothing. Never
 * throws.
 */
export function readLock(path: string): LockState {
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return { kind: 'free' };
    const file = openToRead(path, 0);
    try {
      file.prepare('SELECT 1 FROM sqlite_schema').all();
    } finally {
      file.close();
    }
    return { kind: 'free' };
  } catch (error) {
    const detail = messageOf(error);
    if (detail === junkWords) return { kind: 'free' }; // a process that held it would have been met first
    return detail === heldWords ? { kind: 'held', line: lineIn(path) } : { kind: 'unreadable', detail };
  }
}

/** Whether an error of SQLite means that another process holds the file. */
export function isHeldFile(error: unknown): boolean {
  return messageOf(error) === heldWords;
}

/** Whether an error of `takeLock` means that the file at the path is not a lock at all. */
export function isNoLock(error: unknown): boolean {
  return messageOf(error) === junkWords;
}

/** Reads the bytes, not the table: the holder lets no other process read that. */
function lineIn(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8');
    const start = text.lastIndexOf(mark);
    const end = text.indexOf('\n', start);
    return start < 0 || end < 0 ? null : text.slice(start + mark.length, end);
  } catch {
    return null;
  }
}

function lockWith(path: string, lock: string, sign = ''): FileLock | null {
  try {
    const connection = openConnection(path, lock, sign);
    const locked = inodeAt(path);
    return {
      isThere: () => locked !== null && inodeAt(path) === locked,
      release: () => connection.close(),
    };
  } catch (error) {
    if (messageOf(error) === heldWords) return null; // other errors may hold a path with that word
    throw error;
  }
}
