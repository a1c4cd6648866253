import { chmodSync, closeSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { messageOf } from '../errors.ts';

type SqliteConnection = InstanceType<typeof DatabaseSync>;

/** A value as SQLite keeps it. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** A prepared statement. */
export type Statement = {
  run(...values: SqlValue[]): void;
  all(...values: SqlValue[]): readonly Readonly<Record<string, SqlValue>>[];
};

/** One SQLite file. Calls throw SQLite's errors, also for a full disk. */
export type Database = {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** Runs all of `work` or none of it. What `work` throws is thrown again after the rollback. */
  transaction(work: () => void): void;
  close(): void;
  /**
   * Closes a file that was renamed or removed, and writes nothing to it: what is in its -wal stays
   * there.
   */
  abandon(): void;
};

/**
 * Opens the file, or makes it, with mode 0600. A committed write survives a power loss (WAL,
 * `synchronous=FULL`).
 */
export function openDatabase(path: string): Database {
  makePrivateFile(path); // its -wal and -shm get the same mode
  chmodSync(path, 0o600);
  const db = openWith(
    path,
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0; PRAGMA cache_size = -1000',
  );
  return {
    exec: (sql) => db.exec(sql),
    prepare: (sql) => prepared(db, sql),
    transaction(work) {
      db.exec('BEGIN IMMEDIATE');
      try {
        work();
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    close() {
      try {
        // Statements keep the connection half open, and the -wal with it, until they are
        // collected.
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch {
        // what is in the -wal is read from there
      }
      db.close();
    },
    abandon: () => db.close(),
  };
}

/**
 * Opens a file for reading that other processes may have open. Changes nothing in it and makes
 * none; SQLite may leave its two side files. Waits up to `waitMs` for a process that holds it.
 * Throws SQLite's error.
 */
export function openToRead(path: string, waitMs: number): Pick<Database, 'prepare' | 'close'> {
  const db = openWith(path, `PRAGMA busy_timeout = ${waitMs}`, { readOnly: true });
  return { prepare: (sql) => prepared(db, sql), close: () => db.close() };
}

/**
 * Copies what a database holds at one moment into an empty file, while other processes may read
 * and write it: they are not held up. Waits up to `waitMs` for a process that holds it, and does
 * nothing else until it is done. The copy is on the disk only once it is synced. Throws SQLite's
 * error.
 */
export function copyDatabase(path: string, emptyFile: string, waitMs: number): void {
  const db = openWith(path, `PRAGMA busy_timeout = ${waitMs}`, { readOnly: true });
  try {
    db.exec(`VACUUM INTO '${emptyFile.replaceAll("'", "''")}'`);
  } finally {
    db.close();
    rmSync(`${emptyFile}-journal`, { force: true }); // SQLite leaves it on a full disk
  }
}

/**
 * Opens a file, or makes it, with mode 0600, and runs `sql`. Returns the connection, which keeps a
 * transaction that `sql` began. `write` is run afterwards; if it fails, what it did is undone. For
 * `lock.ts`. Throws SQLite's error of `sql`, and leaves nothing open then.
 */
export function openConnection(path: string, sql: string, write: string): { close(): void } {
  makePrivateFile(path);
  const db = openWith(path, sql);
  try {
    if (write !== '') db.exec(write);
  } catch {
    if (db.isTransaction) db.exec('ROLLBACK'); // on a full disk, SQLite has done that itself
  }
  return db;
}

/** Makes an empty file if it is missing: SQLite would make it with the mode of the umask. */
function makePrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

function openWith(path: string, sql: string, options: { readonly readOnly?: boolean } = {}): SqliteConnection {
  const db = new DatabaseSync(path, options);
  try {
    db.exec(sql);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepared(db: SqliteConnection, sql: string): Statement {
  const statement = db.prepare(sql);
  return {
    run: (...values) => void statement.run(...values),
    all: (...values) => statement.all(...values),
  };
}

/**
 * Whether an error of SQLite means that the file is damaged or is not a database. That includes
 * what SQLite can't say of an undamaged file of ours.
 */
export function isDamage(error: unknown): boolean {
  return damageWords.test(messageOf(error)); // its code is not always there
}

const damageWords =
  /malformed|not a database|unsupported file format|already exists|no such (table|column)|constraint failed/;
