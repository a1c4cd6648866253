import { join } from 'node:path';
import { type Database, openDatabase, openToRead } from '../io/disk/database.ts';
import { type Files, makePrivateDirectory } from '../io/disk/files.ts';
import { takeLock } from '../io/disk/lock.ts';
import { type OutputFiles, openOutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import { fifoFolder } from '../io/process/fifo/fifo-folder.ts';
import type { Advice } from '../model/advice.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { RecordedRun } from '../model/run.ts';
import { octal } from '../words/octal.ts';
import { quoted } from '../words/shell-words.ts';
import { findEmptied } from './emptied.ts';
import { readRecordedRuns } from './runs/recorded-runs.ts';
import { DamagedFiles } from './salvage/files.ts';
import { migrate } from './schema.ts';
import type { StateDatabase } from './tables.ts';

const databaseFile = 'instrument_server.db';

/** What an agent keeps on disk. While it lives, no other agent can open the same directory. */
export type StateDirectory = {
  readonly database: StateDatabase;
  readonly outputs: OutputFiles;
  /** The folder in which the FIFOs of plugin runs are made. It exists, with mode 0700. */
  readonly pipeDir: string;
  /** What an empty database was found beside, when the directory was opened. Null: nothing. */
  readonly emptied: Advice | null;
  /** Whether the database's file is still the one that was opened. Never throws. */
  isThere(): boolean;
  /** Gives back the lock, so that another agent can open the directory. */
  release(): void;
};

/**
 * Makes the state directory, with mode 0700, if it is missing. Returns why it can't be used, in
 * one sentence for the user. Null: it can. Never throws.
 */
export function makeStateDirectory(files: Files, stateDir: string, uid: number | null): string | null {
  try {
    makePrivateDirectory(stateDir);
    const open = reachableBy(files, stateDir, uid);
    return open && `the state directory ${open}`;
  } catch (error) {
    return unusable(stateDir, error);
  }
}

/**
 * Opens the state directory; makes it, with mode 0700, if it is missing. `tempDir` is another
 * place for the pipes, in which a folder for this state directory is made; null: they are in the
 * state directory. `life` is part of the names of kept outputs, so that two lives of an agent
 * never use the same name. The error is one sentence for the user, with what to type.
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
    if (!lock) return err(inUse(stateDir));
    const pipeDir = fifoFolder(stateDir, tempDir);
    makePrivateDirectory(pipeDir);
    const openPipes = files.isLink(pipeDir)
      ? `${pipeDir} is a symbolic link; rm ${quoted(pipeDir)}`
      : reachableBy(files, pipeDir, uid);
    if (openPipes !== null) {
      lock.release(); // in a folder where all users may write, another user may have made it first
      return err(`the folder for pipes ${openPipes}, or name another temporary folder with -t DIR`);
    }
    const outputs = openOutputFiles(join(stateDir, 'outputs'), life);
    const path = join(stateDir, databaseFile);
    const emptied = findEmptied(files, path, outputs.list().length, life);
    let identity: string | null = null;
    const database: StateDatabase = {
      open() {
        const db = openMigrated(path);
        identity = identityOf(files, path);
        return db;
      },
      damaged: new DamagedFiles(files, path),
      openAt: openMigrated,
    };
    return ok({
      database,
      outputs,
      pipeDir,
      emptied,
      release: lock.release,
      isThere: () => identityOf(files, path) === identity,
    });
  } catch (error) {
    lock?.release();
    return err(unusable(stateDir, error));
  }
}

function inUse(stateDir: string): string {
  const advice = 'stop that one, or give this one its own with --state-dir DIR';
  return `another agent uses the state directory ${stateDir}; ${advice}`;
}

function unusable(stateDir: string, error: unknown): string {
  const detail = messageOf(error);
  return `the state directory ${stateDir} can't be used: ${detail}; name another with --state-dir DIR`;
}

/**
 * Returns why the state directory can't be used, in one sentence with what to type. Null: nothing
 * that can be seen without opening it speaks against it. Changes nothing. Never throws.
 */
export function stateDirectoryTrouble(files: Files, stateDir: string, uid: number | null): string | null {
  const facts = files.facts(stateDir);
  if (facts.kind === 'file' || facts.kind === 'other')
    return `the state directory ${stateDir} is not a directory; name another with --state-dir DIR`;
  const open = reachableBy(files, stateDir, uid);
  return open && `the state directory ${open}`;
}

/**
 * Returns the runs that an agent has recorded. For other processes than the agent: makes and
 * changes nothing. Empty also if there is no database, or it can't be read. Never throws.
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

function identityOf(files: Files, path: string): string | null {
  const facts = files.facts(path);
  return facts.kind === 'failed' ? null : facts.identity;
}

/**
 * Returns who else can reach a folder, with the command that prevents it. Null: only the agent's
 * user.
 */
function reachableBy(files: Files, path: string, uid: number | null): string | null {
  const facts = files.facts(path);
  if (uid === null || facts.kind === 'failed') return null;
  if (facts.uid !== uid)
    return `${path} belongs to uid ${facts.uid}, but the agent runs as uid ${uid}; chown ${uid} ${quoted(path)}`;
  if ((facts.mode & 0o077) === 0) return null;
  return `${path} has mode ${octal(facts.mode)}, so that others can reach it; chmod 0700 ${quoted(path)}`;
}
