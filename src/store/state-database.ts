import { type Database, openDatabase } from '../io/disk/database.ts';
import { type Files, removeFile, renameFile } from '../io/disk/files.ts';
import { DamagedFiles } from './salvage/files.ts';
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
      openAt: openMigrated,
      damaged: new DamagedFiles(files, path),
      openAnew() {
        putAway(files, path);
        return open();
      },
      remove() {
        identity = 'removed';
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

function identityOf(files: Files, path: string): string | null {
  const facts = files.facts(path);
  return facts.kind === 'failed' ? null : facts.identity;
}
