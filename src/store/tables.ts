import { type Database, isDamage } from '../io/disk/database.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import { type History, type HistoryOptions, openHistory } from './history/history.ts';
import { type LastRuns, openLastRuns } from './runs/last-runs.ts';
import { openRecordedRuns, type RecordedRuns } from './runs/recorded-runs.ts';
import type { SpoolOptions } from './spool/options.ts';
import { openSpool, type Spool } from './spool/spool.ts';

/** The database's file, as it can be had again and again. */
export type StateDatabase = {
  /** Opens it, its tables up to date. Throws what SQLite says. */
  open(): Database;
  /** Renames the damaged file, which must be closed. Gives its new path. Throws what the system says. */
  setAside(): string;
};

/** What is in the database, and the way to an empty one where it is damaged. */
export type Tables = {
  readonly lastRuns: LastRuns;
  readonly recordedRuns: RecordedRuns;
  readonly spool: Spool;
  readonly history: History;
  /** Runs `work` whole or not at all. Throws what SQLite says. */
  transaction(work: () => void): void;
  /** Sets the damaged file aside and goes on with an empty one, which the next commit fills from memory. Throws what can't be done; then it is to be called again. */
  startAfresh(detail: string): void;
  close(): void;
};

/**
 * Opens the tables. A damaged file, found at once or later, is set aside, which `onSetAside` is told: where it is now, and how many
 * samples were in it that not every sink had; null: it could not be read at all. Throws what else SQLite says.
 */
export function openTables(
  database: StateDatabase,
  outputs: OutputFiles,
  options: SpoolOptions,
  historyOptions: HistoryOptions,
  onSetAside: (path: string, samples: number | null, detail: string) => void,
): Tables {
  const opened = openOrSetAside();
  const { lastRuns, recordedRuns, spool, history } = opened;
  let { db } = opened;
  let isOpen = true;
  let isAside = false; // the damaged file is out of the way, and nothing has taken its place yet

  function setAside(detail: string) {
    const samples = spool.onDisk();
    if (isOpen) db.close();
    isOpen = false;
    spool.leave();
    history.leave();
    onSetAside(database.setAside(), samples, detail);
    isAside = true;
  }

  function open() {
    const file = database.open();
    try {
      const spool = openSpool(file, options);
      const history = openHistory(file, spool.follower, historyOptions);
      return { db: file, lastRuns: openLastRuns(file, outputs), recordedRuns: openRecordedRuns(file), spool, history };
    } catch (error) {
      file.close();
      throw error;
    }
  }

  function openOrSetAside() {
    try {
      return open();
    } catch (error) {
      if (!isDamage(error)) throw error;
      const path = database.setAside();
      onSetAside(path, null, messageOf(error));
      return open();
    }
  }

  return {
    lastRuns,
    recordedRuns,
    spool,
    history,
    transaction: (work) => db.transaction(work),
    startAfresh(detail) {
      if (!isAside) setAside(detail);
      if (!isOpen) db = database.open();
      isOpen = true;
      for (const part of [lastRuns, recordedRuns, spool, history]) part.startAfresh(db);
      isAside = false;
    },
    close() {
      history.close();
      if (isOpen) db.close();
    },
  };
}
