import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';

/** A value as SQLite keeps it. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** A prepared statement. */
export type Statement = {
  run(...values: SqlValue[]): void;
  all(...values: SqlValue[]): readonly Readonly<Record<string, SqlValue>>[];
};

/** One SQLite file. Calls throw what SQLite says, a full disk included. */
export type Database = {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** Runs `work` whole or not at all; what it throws is thrown on, after the rollback. */
  transaction(work: () => void): void;
  close(): void;
};

/** Opens or makes the file with mode 0600; a write that was committed survives a power loss (WAL, `synchronous=FULL`). */
export function openDatabase(path: string): Database {
  closeSync(openSync(path, 'a', 0o600)); // SQLite would make it with the umask's mode; its -wal and -shm follow the file's
  chmodSync(path, 0o600);
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0; PRAGMA cache_size = -1000');
  } catch (error) {
    db.close();
    throw error;
  }
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
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)'); // statements keep the connection half open until they are collected, and the -wal with it
      } catch {
        // what is in the -wal is read from there
      }
      db.close();
    },
  };
}

/** Opens a file that others may have open, to read it: nothing in it is changed, and none is made; SQLite may leave its two side files. Throws what SQLite says. */
export function openToRead(path: string): Pick<Database, 'prepare' | 'close'> {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    db.exec('PRAGMA busy_timeout = 1000'); // another process that ends at this moment may have it for itself
  } catch (error) {
    db.close();
    throw error;
  }
  return { prepare: (sql) => prepared(db, sql), close: () => db.close() };
}

function prepared(db: InstanceType<typeof DatabaseSync>, sql: string): Statement {
  const statement = db.prepare(sql);
  return {
    run: (...values) => void statement.run(...values),
    all: (...values) => statement.all(...values),
  };
}

/** Whether SQLite says that the file is damaged or no database at all; or what it says can't be so in a file of ours that is whole. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && damageWords.test(error.message); // its code is not always there
}

const damageWords =
  /malformed|not a database|unsupported file format|already exists|no such (table|column)|constraint failed/;

/**
 * Takes a lock, for as long as this process lives: an exclusive transaction on a small file, which the kernel lets go with the
 * process. Null: somebody else holds it, and has held it for `waitMs`, in which this process does nothing else. Throws if the file can't be made.
 */
export function takeLock(path: string, waitMs = 0): { release(): void } | null {
  closeSync(openSync(path, 'a', 0o600));
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout = ${waitMs}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`); // no journal: nothing is written
    return { release: () => db.close() };
  } catch (error) {
    db.close();
    if (error instanceof Error && /locked/i.test(error.message)) return null;
    throw error;
  }
}
