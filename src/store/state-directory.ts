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
import { userText } from '../words/user-text.ts';
import { readRecordedRuns } from './runs/recorded-runs.ts';
import { migrate } from './schema.ts';
import type { StateDatabase } from './tables.ts';

const databaseFile = 'instrument_server.db';

/** What an agent keeps on disk. While it lives, no other agent can open the same directory. */
export type StateDirectory = {
  readonly database: StateDatabase;
  readonly outputs: OutputFiles;
  /** The folder in which the FIFOs of plugin runs are made. It exists, with mode 0700. */
  readonly pipeDir: string;
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
    return accessTrouble(files, stateDir, uid);
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
    const openPipes = pipesTrouble(files, pipeDir, uid);
    if (openPipes !== null) {
      lock.release(); // in a folder where all users may write, another user may have made it first
      return err(`the folder for pipes ${openPipes} name another temporary folder with -t DIR`);
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
  return accessTrouble(files, stateDir, uid);
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

/** Who else than the agent's user can reach the state directory, with the cure; null: no one. */
function accessTrouble(files: Files, stateDir: string, uid: number | null): string | null {
  const owner = ownerTrouble(files, stateDir, uid);
  if (owner === null) {
    const mode = modeTrouble(files, stateDir, uid);
    return mode && `the state directory ${mode}`;
  }
  // It may be in use by an agent of its owner
  const cure =
    uid === 0
      ? `add -u ${owner.flag}, or name another with --state-dir DIR`
      : `if no agent runs as ${owner.name}, sudo chown -R ${uid} ${quoted(stateDir)}; ` +
        'if one does, name another with --state-dir DIR';
  return `the state directory ${owner.words}; ${cure}`;
}

/** The same for the folder for pipes; without the cure that is the same in each case. */
function pipesTrouble(files: Files, path: string, uid: number | null): string | null {
  if (files.isLink(path)) return `${path} is a symbolic link; rm ${quoted(path)}, or`;
  const owner = ownerTrouble(files, path, uid);
  if (owner !== null) return `${owner.words};`;
  const mode = modeTrouble(files, path, uid);
  return mode && `${mode}, or`;
}

function ownerTrouble(
  files: Files,
  path: string,
  uid: number | null,
): { readonly words: string; readonly name: string; readonly flag: string } | null {
  const facts = files.facts(path);
  if (uid === null || facts.kind === 'failed' || facts.uid === uid) return null;
  const [user, agentUser] = [files.userName(facts.uid), files.userName(uid)];
  const words = `${path} belongs to ${userText(facts.uid, user)}, but the agent runs as ${userText(uid, agentUser)}`;
  return { words, name: user ?? `uid ${facts.uid}`, flag: user ?? String(facts.uid) };
}

/** That others can reach a folder by its mode, with the command that prevents it. */
function modeTrouble(files: Files, path: string, uid: number | null): string | null {
  const facts = files.facts(path);
  if (uid === null || facts.kind === 'failed' || (facts.mode & 0o077) === 0) return null;
  return `${path} has mode ${octal(facts.mode)}, so that others can reach it; chmod 0700 ${quoted(path)}`;
}
