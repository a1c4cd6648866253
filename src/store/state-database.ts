import { type Database, openDatabase } from '../io/disk/database.ts';
import { type Files, inodeAt, removeFile, renameFile } from '../io/disk/files.ts';
import type { LifeEdges } from './life-record.ts';
import type { StateDatabase } from './parts.ts';
import { DamagedFiles } from './salvage/files.ts';
import { migrate } from './schema.ts';

/**
 * The database's file at a path, and whether it is still the one that was opened. Opens nothing
 * yet.
 */
export function stateDatabase(
  files: Files,
  path: string,
  life: LifeEdges,
): { readonly database: StateDatabase; isDatabaseThere(): boolean } {
  let inode: string | null = null;
  let logInode: string | null = null;

  function open(): Database {
    const db = openMigrated(path);
    inode = inodeAt(path);
    logInode = inodeAt(`${path}-wal`);
    return db;
  }

  return {
    database: {
      open,
      openAt: openMigrated,
      damaged: new DamagedFiles(files, path),
      life,
      openAnew() {
        putAway(path, logInode);
        return open();
      },
      remove() {
        inode = 'removed';
        for (const end of fileEnds) removeFile(`${path}${end}`);
      },
    },
    isDatabaseThere: () => inodeAt(path) === inode,
  };
}

const fileEnds = ['', '-wal', '-shm'];

/**
 * Renames a database that another program has put in place of the agent's, with a log of its own.
 * The agent's own log, which it still has open, is removed: it does not belong to that database.
 */
function putAway(path: string, ownLog: string | null): void {
  const away = `${path}.replaced`;
  if (inodeAt(`${path}-wal`) === ownLog) removeFile(`${path}-wal`);
  removeFile(`${path}-shm`);
  if (inodeAt(path) === null) {
    removeFile(`${path}-wal`);
    return;
  }
  for (const end of ['-wal', '-shm']) removeFile(`${away}${end}`);
  renameFile(path, away);
  renameFile(`${path}-wal`, `${away}-wal`);
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
