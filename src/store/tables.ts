import type { Clock } from '../io/clock.ts';
import { type Database, isDamage } from '../io/disk/database.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import { History, type HistoryOptions } from './history/history.ts';
import { PassedTime } from './passed-time.ts';
import { Relocation } from './relocation.ts';
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
  /** What becomes of the file when it is damaged. It must be closed then. */
  readonly damaged: DamagedFiles;
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
type Parts = {
  readonly passed: PassedTime;
  readonly lastRuns: LastRuns;
  readonly recordedRuns: RecordedRuns;
  readonly spool: Spool;
  readonly history: History;
};

type FileState =
  /** The usual mode: all parts work with this file. */
  | { readonly kind: 'open'; readonly db: Database }
  /** The damaged file is closed, and what can be read of it is copied to a new one. */
  | { readonly kind: 'salvaging'; readonly salvage: FileSalvage }
  /** The damaged file is closed, and could neither be salvaged nor be renamed yet. */
  | { readonly kind: 'closed' }
  /** The damaged file is renamed, and no new one could be opened yet. */
  | { readonly kind: 'set-aside' }
  /** A new file is open, and not every part has changed to it yet. */
  | { readonly kind: 'starting'; readonly db: Database }
  /**
   * The file was removed or replaced. All parts still work with it, and what waits in it is being
   * copied into `fresh`.
   */
  | { readonly kind: 'moving'; readonly db: Database; readonly fresh: Database; readonly relocation: Relocation };

/** What is in the database, and the way to an empty one when it is damaged. */
export class StoreTables {
  readonly passed: PassedTime;
  readonly lastRuns: LastRuns;
  readonly recordedRuns: RecordedRuns;
  readonly spool: Spool;
  readonly history: History;
  readonly #database: StateDatabase;
  readonly #reports: DamageReports;
  #file: FileState;

  /**
   * Opens the tables. A damaged file, found now or later, is salvaged, set aside and reported to
   * `reports`. Throws what SQLite says of anything else.
   */
  constructor(options: TablesOptions) {
    this.#database = options.database;
    this.#reports = options.reports;
    const { db, passed, lastRuns, recordedRuns, spool, history } = openOrSetAside(options);
    this.#file = { kind: 'open', db };
    this.passed = passed;
    this.lastRuns = lastRuns;
    this.recordedRuns = recordedRuns;
    this.spool = spool;
    this.history = history;
  }

  /** Runs `work` whole or not at all. Throws what SQLite says. */
  transaction(work: () => void): void {
    if (!('db' in this.#file)) throw new Error('no database is open');
    this.#file.db.transaction(work);
  }

  /**
   * Sets the damaged file aside and begins a new one with what can be read of it, step by step.
   * The next commit adds what is in memory. Returns whether there is more to do; another call
   * continues. Throws what can't be done; another call then tries it again.
   */
  startAfresh(detail: string): boolean {
    this.#stay();
    if (this.#file.kind === 'open') this.#leave(this.#file.db, detail);
    if (this.#file.kind === 'salvaging' && this.#salvageMore(this.#file.salvage)) return true;
    if (this.#file.kind === 'closed') this.#setAside();
    if (!('db' in this.#file)) this.#file = { kind: 'starting', db: this.#database.open() };
    const { db } = this.#file;
    for (const part of [this.passed, this.lastRuns, this.recordedRuns, this.spool, this.history]) part.startAfresh(db);
    this.#file = { kind: 'open', db };
    const salvaged = this.spool.salvaged();
    if (salvaged) this.#reports.salvaged(this.#database.damaged.aside, salvaged);
    return false;
  }

  /**
   * Goes one step towards a new file with what is in the removed one; the history begins again,
   * empty. Returns whether there are more steps. Throws what can't be done; then the next call
   * begins with another new file.
   */
  move(): boolean {
    if (this.#file.kind !== 'open' && this.#file.kind !== 'moving') return false; // it is being replaced as damaged
    try {
      const { db, fresh, relocation } = this.#moving(this.#file);
      if (relocation.step()) return true;
      relocation.finish();
      this.spool.moveTo(fresh);
      this.history.leave();
      for (const part of [this.passed, this.lastRuns, this.recordedRuns, this.history]) part.startAfresh(fresh);
      this.#file = { kind: 'open', db: fresh };
      db.close();
      return false;
    } catch (error) {
      this.#stay();
      throw error;
    }
  }

  close(): void {
    this.history.close();
    this.#stay();
    if (!('db' in this.#file)) return;
    try {
      this.passed.write();
    } catch {
      // a minute is not counted
    }
    this.#file.db.close();
  }

  #moving(file: FileState & { readonly kind: 'open' | 'moving' }): FileState & { readonly kind: 'moving' } {
    if (file.kind === 'moving') return file;
    const { db } = file;
    const fresh = this.#database.openAnew();
    this.#file = { kind: 'moving', db, fresh, relocation: new Relocation(db, fresh) };
    return this.#file;
  }

  /** Gives up a move, if one is under way. */
  #stay(): void {
    if (this.#file.kind !== 'moving') return;
    const { db, fresh } = this.#file;
    this.#file = { kind: 'open', db };
    fresh.close();
    this.#database.remove();
  }

  /** Leaves a damaged file. Sinks get nothing until it is known what can be read of it. */
  #leave(db: Database, detail: string): void {
    const { damaged, openAt } = this.#database;
    this.#reports.setAside(damaged.aside, this.spool.onDisk(), detail);
    db.close();
    this.#file = { kind: 'closed' };
    this.history.leave();
    try {
      this.#file = { kind: 'salvaging', salvage: damaged.begin(openAt, this.spool.pause()) };
    } catch {
      this.spool.leave();
    }
  }

  /** Returns whether there is more to salvage. */
  #salvageMore(salvage: FileSalvage): boolean {
    try {
      if (salvage.step()) return true;
      salvage.finish();
      this.#file = { kind: 'set-aside' };
    } catch {
      salvage.giveUp();
      this.spool.leave();
      this.#file = { kind: 'closed' };
    }
    return false;
  }

  #setAside(): void {
    this.#database.damaged.setAside();
    this.#file = { kind: 'set-aside' };
  }
}

function openOrSetAside(options: TablesOptions): Parts & { readonly db: Database } {
  const { damaged } = options.database;
  try {
    damaged.endFormer();
    if (damaged.isInterrupted()) throw new Error('a former agent was ended while it salvaged a malformed database');
    return openParts(options);
  } catch (error) {
    if (!isDamage(error)) throw error;
    options.reports.setAside(damaged.aside, null, messageOf(error));
    salvageAtOnce(options);
    return openParts(options);
  }
}

/** Salvages a file before the agent starts: it needs the last runs from the first tick on. */
function salvageAtOnce({ database: { damaged, openAt }, spool, reports }: TablesOptions): void {
  let salvage: FileSalvage | null = null;
  try {
    salvage = damaged.begin(openAt, { kind: 'start', sinks: spool.sinks });
    while (salvage.step());
    reports.salvaged(damaged.aside, salvage.finish());
  } catch {
    salvage?.giveUp();
    damaged.setAside();
  }
}

function openParts({ clock, database, outputs, ...options }: TablesOptions): Parts & { readonly db: Database } {
  const db = database.open();
  try {
    const passed = new PassedTime(db, clock);
    const passedS = () => passed.seconds();
    const spool = new Spool(db, { ...options.spool, passedS });
    const history = new History(db, spool.follower, { ...options.history, passedS });
    return { db, passed, lastRuns: new LastRuns(db, outputs), recordedRuns: openRecordedRuns(db), spool, history };
  } catch (error) {
    db.close();
    throw error;
  }
}
