import { join } from 'node:path';
import { type Database, openDatabase, openToRead } from '../io/disk/database.ts';
import { type Files, makePrivateDirectory, removeFile, renameFile } from '../io/disk/files.ts';
import { takeLock } from '../io/disk/lock.ts';
import { type OutputFiles, openOutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import { fifoFolder } from '../io/process/fifo/fifo-folder.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { RecordedRun } from '../model/run.ts';
import { octal } from '../words/octal.ts';
import { quoted } from '../words/shell-words.ts';
import { readRecordedRuns } from './runs/recorded-runs.ts';
import { migrate } from './schema.ts';
import type { StateDatabase } from './tables.ts';

const databaseFile = 'instrument_server.db';

/**
 * What an agent holds on disk, for itself alone: nobody else opens the same one as long as it
 * lives.
 */
export type StateDirectory = {
  readonly database: StateDatabase;
  readonly outputs: OutputFiles;
  /** Where the FIFOs of plugin runs are made; exists, with mode 0700. */
  readonly pipeDir: string;
  /** Whether the database's file is still the one that was opened. Never throws. */
  isThere(): boolean;
  /** Lets the next agent in. */
  release(): void;
};

/**
 * Makes the state directory when it is missing, with mode 0700. Null, or why it is not fit for an
 * agent, in one sentence for the user. Never throws.
 */
export function makeStateDirectory(files: Files, stateDir: string, uid: number | null): string | null {
  try {
    makePrivateDirectory(stateDir);
    const open = reachable(files, stateDir, uid);
    return open && `the state directory ${open}`;
  } catch (error) {
    return unusable(stateDir, error);
  }
}

/**
 * Opens the state directory, made when missing with mode 0700. `tempDir` names another place for
 * the pipes: a folder of this state directory's own is made in it. `life` tells this life of the
 * agent from others. What comes back on failure is one sentence for the user, with what to type.
 */
export function openStateDirectory(
  files: Files,
  stateDir: string,
  tempDir: string | null,
  uid: number | null,
  life: string,
): Result<StateDirectory, string> {
  const unmade = makeStateDirectory(files, stateDir, uid);
  if (unmade !== null) return err(unmade);
  let lock: ReturnType<typeof takeLock> = null;
  try {
    lock = takeLock(join(stateDir, 'lock'));
    if (!lock)
      return err(
        `another agent uses the state directory ${stateDir}; stop that one, or give this one its own with --state-dir DIR`,
      );
    const pipeDir = fifoFolder(stateDir, tempDir);
    makePrivateDirectory(pipeDir);
    const openPipes = files.isLink(pipeDir)
      ? `${pipeDir} is a symbolic link; rm ${quoted(pipeDir)}`
      : reachable(files, pipeDir, uid);
    if (openPipes !== null) {
      lock.release(); // somebody may have made it first, in a folder where everybody may write
      return err(`the folder for pipes ${openPipes}, or name another temporary folder with -t DIR`);
    }
    const outputs = openOutputFiles(join(stateDir, 'outputs'), life);
    const path = join(stateDir, databaseFile);
    let identity: string | null = null;
    const database: StateDatabase = {
      open() {
        const db = openMigrated(path);
        identity = identityOf(files, path);
        return db;
      },
      setAside: () => setAside(files, path),
    };
    return ok({
      database,
      outputs,
      pipeDir,
      release: lock.release,
      isThere: () => identityOf(files, path) === identity,
    });
  } catch (error) {
    lock?.release();
    return err(unusable(stateDir, error));
  }
}

function unusable(stateDir: string, error: unknown): string {
  const detail = messageOf(error);
  return `the state directory ${stateDir} can't be used: ${detail}; name another with --state-dir DIR`;
}

/**
 * Why the state directory could not be used, in one sentence with what to type; null: it can, as
 * far as a look tells. Makes nothing, and never throws.
 */
export function stateDirectoryTrouble(files: Files, stateDir: string, uid: number | null): string | null {
  const facts = files.facts(stateDir);
  if (facts.kind === 'file' || facts.kind === 'other')
    return `the state directory ${stateDir} is not a directory; name another with --state-dir DIR`;
  const open = reachable(files, stateDir, uid);
  return open && `the state directory ${open}`;
}

/**
 * The runs that an agent has recorded, for somebody who is none: makes and changes nothing. Empty
 * also where there is no database, or it can't be read. Never throws.
 */
export function recordedRunsIn(stateDir: string): readonly RecordedRun[] {
  try {
    const db = openToRead(join(stateDir, databaseFile));
    try {
      return readRecordedRuns(db);
    } finally {
      db.close();
    }
  } catch {
    return [];
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
 * Renames a damaged database. One is kept, the largest: damage again and again must neither fill
 * the disk nor take what was set aside first.
 */
function setAside(files: Files, path: string): string {
  const aside = `${path}.damaged`;
  if (sizeOf(files, path) < sizeOf(files, aside)) {
    for (const end of ['', '-wal', '-shm']) removeFile(`${path}${end}`);
    return aside;
  }
  for (const end of ['-wal', '-shm']) removeFile(`${aside}${end}`);
  renameFile(path, aside);
  renameFile(`${path}-wal`, `${aside}-wal`); // what it holds belongs to it
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

/** Who but the agent's user can reach a folder, with the command that mends it; null: nobody. */
function reachable(files: Files, path: string, uid: number | null): string | null {
  const facts = files.facts(path);
  if (uid === null || facts.kind === 'failed') return null;
  if (facts.uid !== uid)
    return `${path} belongs to uid ${facts.uid}, but the agent runs as uid ${uid}; chown ${uid} ${quoted(path)}`;
  if ((facts.mode & 0o077) === 0) return null;
  return `${path} has mode ${octal(facts.mode)}, so that others can reach it; chmod 0700 ${quoted(path)}`;
}
