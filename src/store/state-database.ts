import { type Database, openDatabase } from '../io/disk/database.ts';
import { type Files, removeFile, renameFile } from '../io/disk/files.ts';
import { migrate } from './schema.ts';
import type { StateDatabase } from './tables.ts';

/**
 * The database's file at a path, and whether it is still the one that was opened. Opens nothing
 * yet.
 */
export function stateDatabase(
  files: Files,
  path: string,
): { readonly database: StateDatabase; isDatabaseThere(): boolean } {
  let identity: string | null = null;

  function open(): Database {
    const db = openMigrated(path);
    identity = identityOf(files, path);
    return db;
  }

  return {
    database: {
      open,
      setAside: () => setAside(files, path),
      openAnew() {
        putAway(files, path);
        return open();
      },
      remove() {
        identity = null;
        for (const end of fileEnds) removeFile(`${path}${end}`);
      },
    },
    isDatabaseThere: () => identityOf(files, path) === identity,
  };
}

const fileEnds = ['', '-wal', '-shm'];

/** Renames a database that another program has put in place of the agent's. */
function putAway(files: Files, path: string): void {
  const isReplaced = identityOf(files, path) !== null;
  for (const end of fileEnds) {
    if (isReplaced) renameFile(`${path}${end}`, `${path}.replaced${end}`);
    else removeFile(`${path}${end}`); // left of the agent's own, which it still has open
  }
}

function openMigrated(path: string): Database {
  const db = openDatabase(path);
  try {
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Renames a damaged database and returns its new path. Only the largest one is kept: repeated
 * damage must neither fill the disk nor delete what was set aside first.
 */
function setAside(files: Files, path: string): string {
  const aside = `${path}.damaged`;
  if (sizeOf(files, path) < sizeOf(files, aside)) {
    for (const end of ['', '-wal', '-shm']) removeFile(`${path}${end}`);
    return aside;
  }
  for (const end of ['-wal', '-shm']) removeFile(`${aside}${end}`);
  renameFile(path, aside);
  renameFile(`${path}-wal`, `${aside}-wal`); // it holds the last commits of the database
  removeFile(`${path}-shm`);
  return aside;
}

function sizeOf(files: Files, path: string): number {
  const facts = files.facts(path);
  return facts.kind === 'failed' ? -1 : facts.sizeBytes;
}

function identityOf(files: Files, path: string): string | null {
  const facts = files.facts(path);
  return facts.kind === 'failed' ? null : facts.identity;
}
