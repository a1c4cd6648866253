import { messageOf } from '../errors.ts';
import { openConnection } from './database.ts';

/** A lock that this process holds. */
export type FileLock = { release(): void };

/**
 * Takes a lock for as long as this process lives: an exclusive transaction on a small file of
 * SQLite, which the kernel ends with the process. Waits up to `waitMs` for another process, and
 * does nothing else meanwhile. Null: another process still holds it. Throws if the file can't be
 * made.
 */
export function takeLock(path: string, waitMs = 0): FileLock | null {
  try {
    // No journal: nothing is written.
    const sql = `PRAGMA busy_timeout = ${waitMs}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`;
    const connection = openConnection(path, sql);
    return { release: () => connection.close() };
  } catch (error) {
    if (messageOf(error) === 'database is locked') return null; // other errors may hold a path with that word
    throw error;
  }
}
