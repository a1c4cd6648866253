import type { Clock } from '../io/clock.ts';
import { type Database, isDamage } from '../io/disk/database.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { Walk } from '../model/walk.ts';
import { History, type HistoryOptions } from './history/history.ts';
import { Life } from './life.ts';
import type { LifeEdges } from './life-record.ts';
import { KeptMarks } from './marks.ts';
import { PassedTime } from './passed-time.ts';
import { LastRuns } from './runs/last-runs.ts';
import { openRecordedRuns, type RecordedRuns } from './runs/recorded-runs.ts';
import type { DamagedFiles, FileSalvage } from './salvage/files.ts';
import type { Salvaged } from './salvage/scope.ts';
import type { SpoolOptions } from './spool/options.ts';
import { Spool } from './spool/spool.ts';

/** The database's file, which can be opened again after it was set aside. */
export type StateDatabase = {
  /** Opens it, its tables up to date. Throws what SQLite says. */
  open(): Database;
  /** Does the same with another file. */
  openAt(path: string): Database;
  /**
   * Opens a new file in place of the one in use, which was removed or replaced. A file that took
   * its place is renamed. Throws what SQLite or the system says.
   */
  openAnew(): Database;
  /** Removes the file of `openAnew`, which must be closed. Throws what the system says. */
  remove(): void;
  /** What becomes of the file when it is damaged. Nothing may be written to it any more. */
  readonly damaged: DamagedFiles;
  /** Where the agent records its life, beside the file. */
  readonly life: LifeEdges;
};

/** What is reported of a damaged file. */
export type DamageReports = {
  /**
   * It is being set aside: the path that it gets, what SQLite said, and how many samples were in
   * it that not every sink had (null: it could not be read at all).
   */
  setAside(path: string, samples: number | null, detail: string): void;
  /**
   * How many of these samples are in the new file, and how many are lost, as far as that can be
   * counted.
   */
  salvaged(path: string, salvaged: Salvaged): void;
};

/** All that is needed to open the tables. */
export type TablesOptions = {
  readonly clock: Clock;
  readonly database: StateDatabase;
  readonly outputs: OutputFiles;
  readonly spool: Omit<SpoolOptions, 'passedS'>;
  readonly history: Omit<HistoryOptions, 'passedS'>;
  readonly reports: DamageReports;
};

/** The parts of the store, each with its tables in one file. */
export type StoreParts = {
  readonly life: Life;
  readonly passed: PassedTime;
  readonly lastRuns: LastRuns;
  readonly recordedRuns: RecordedRuns;
  readonly marks: KeptMarks;
  readonly spool: Spool;
  readonly history: History;
};

/** The parts, and the database that they work with. */
export type OpenParts = StoreParts & { readonly db: Database };

/**
 * Opens the parts of the store, at once. A damaged file is salvaged, set aside and reported first,
 * in steps. Throws what SQLite says of anything else.
 */
export function* openOrSetAside(options: TablesOptions): Walk<OpenParts> {
  const { damaged } = options.database;
  try {
    damaged.endFormer();
    if (damaged.isInterrupted()) throw new Error('a former agent was ended while it salvaged a malformed database');
    return openParts(options);
  } catch (error) {
    if (!isDamage(error)) throw error;
    options.reports.setAside(damaged.aside, null, messageOf(error));
    yield* salvageWalk(options);
    return openParts(options, true);
  }
}

/** Salvages a file before the agent starts: it needs the last runs from the first tick on. */
function* salvageWalk({ database: { damaged, openAt }, spool, reports }: TablesOptions): Walk<void> {
  let salvage: FileSalvage | null = null;
  try {
    salvage = damaged.begin(openAt, { kind: 'start', sinks: spool.sinks });
    while (salvage.step()) yield;
    reports.salvaged(damaged.aside, salvage.finish());
  } catch {
    salvage?.giveUp();
    damaged.setAside();
  }
}

function openParts({ clock, database, outputs, ...options }: TablesOptions, isSalvaged = false): OpenParts {
  const db = database.open();
  try {
    const life = new Life(db, clock, database.life, isSalvaged);
    const passed = new PassedTime(db, clock);
    const passedS = () => passed.seconds();
    const spool = new Spool(db, { ...options.spool, passedS });
    const history = new History(db, spool.follower, { ...options.history, passedS });
    return {
      db,
      life,
      passed,
      lastRuns: new LastRuns(db, outputs),
      recordedRuns: openRecordedRuns(db),
      marks: new KeptMarks(db),
      spool,
      history,
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
