import { join } from 'node:path';
import { openToRead } from '../io/disk/database.ts';
import { type Files, makePrivateDirectory } from '../io/disk/files.ts';
import { type FileLock, isNoLock, lockPath, takeSignedLock } from '../io/disk/lock.ts';
import { type OutputFiles, openOutputFiles } from '../io/disk/output-files.ts';
import { fifoFolder } from '../io/process/fifo/fifo-folder.ts';
import type { Advice } from '../model/advice.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { RecordedRun } from '../model/run.ts';
import { octal } from '../words/octal.ts';
import { quoted } from '../words/shell-words.ts';
import { userText } from '../words/user-text.ts';
import { findEmptied } from './emptied.ts';
import { lifeEdges } from './life-record.ts';
import type { StateDatabase } from './parts.ts';
import { readRecordedRuns } from './runs/recorded-runs.ts';
import { stateDatabase } from './state-database.ts';
import { inUse, noLock, unusable } from './state-trouble.ts';

const databaseFile = 'instrument_server.db';
const lookingMs = 1000; // a command that looks at the lock holds it for some milliseconds
const leavingMs = 1000; // a process that ends at this moment may hold the file as long

/** Returns the path of the database of a state directory. */
export function databasePath(stateDir: string): string {
  return join(stateDir, databaseFile);
}

/** What an agent keeps on disk. While it lives, no other agent can open the same directory. */
export type StateDirectory = {
  readonly database: StateDatabase;
  readonly outputs: OutputFiles;
  /** The folder in which the FIFOs of plugin runs are made. It exists, with mode 0700. */
  readonly pipeDir: string;
  /** What an empty database was found beside, when the directory was opened. Null: nothing. */
  readonly emptied: Advice | null;
  /** Whether the directory is still the one that was opened. Never throws. */
  isThere(): boolean;
  /**
   * Makes the directory again, after it was removed or replaced, without the database. Null, or one
   * sentence for the user: it can't be made. Never throws.
   */
  remake(): string | null;
  /** Whether the database's file is still the one that was opened. Never throws. */
  isDatabaseThere(): boolean;
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
 * Where a state directory is, and who uses it. `uid` is the agent's user. `tempDir` is another
 * place for the pipes, in which a folder for this state directory is made; null: they are in the
 * state directory. `life` is part of the names of kept outputs, so that two lives of an agent never
 * use the same name. `self` names the agent's process, as `processLine` does.
 */
export type StateDirectoryUse = {
  readonly stateDir: string;
  readonly tempDir: string | null;
  readonly uid: number | null;
  readonly life: string;
  readonly self: string;
  /** Differs between two starts of the host. Null: not known. */
  readonly bootId: string | null;
};

/**
 * Opens the state directory; makes it, with mode 0700, if it is missing. The error is one sentence
 * for the user, with what to type.
 */
export function openStateDirectory(files: Files, use: StateDirectoryUse): Result<StateDirectory, string> {
  const { stateDir, tempDir, life, bootId } = use;
  const locked = lockDirectory(files, use, lookingMs);
  if (!locked.ok) return locked;
  let lock = locked.value;
  const outputDir = join(stateDir, 'outputs');
  try {
    const outputs = openOutputFiles(outputDir, life);
    const path = databasePath(stateDir);
    const emptied = findEmptied(files, path, outputs.list().length, life);
    return ok({
      ...stateDatabase(files, path, lifeEdges(files, join(stateDir, 'life'), bootId)),
      outputs,
      emptied,
      pipeDir: fifoFolder(stateDir, tempDir),
      release: () => lock.release(),
      isThere: () => lock.isThere() && files.facts(outputDir).kind === 'directory',
      remake() {
        const again = lock.isThere() ? ok(lock) : lockDirectory(files, use, 0);
        if (!again.ok) return again.error;
        if (again.value !== lock) lock.release();
        lock = again.value;
        return madeDirectory(outputDir, stateDir);
      },
    });
  } catch (error) {
    lock.release();
    return err(unusable(stateDir, error));
  }
}

/** Makes the directory, its lock, which this process then holds, and its folder for pipes. */
function lockDirectory(
  files: Files,
  { stateDir, tempDir, uid, self }: StateDirectoryUse,
  waitMs: number,
): Result<FileLock, string> {
  const unmade = makeStateDirectory(files, stateDir, uid);
  if (unmade !== null) return err(unmade);
  const path = lockPath(stateDir);
  let lock: FileLock | null = null;
  try {
    lock = takeSignedLock(path, self, waitMs);
    if (!lock) return err(inUse(stateDir));
    const pipeDir = fifoFolder(stateDir, tempDir);
    makePrivateDirectory(pipeDir);
    const openPipes = pipesTrouble(files, pipeDir, uid);
    if (openPipes === null) return ok(lock);
    lock.release(); // in a folder where all users may write, another user may have made it first
    return err(`the folder for pipes ${openPipes} name another temporary folder with -t DIR`);
  } catch (error) {
    lock?.release();
    return err(isNoLock(error) ? noLock(path) : unusable(stateDir, error));
  }
}

/** Null, or why a folder of the state directory can't be made. */
function madeDirectory(path: string, stateDir: string): string | null {
  try {
    makePrivateDirectory(path);
    return null;
  } catch (error) {
    return unusable(stateDir, error);
  }
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
    const db = openToRead(databasePath(stateDir), leavingMs);
    try {
      return readRecordedRuns(db);
    } finally {
      db.close();
    }
  } catch {
    return [];
  }
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
