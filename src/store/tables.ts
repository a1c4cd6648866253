import type { Database } from '../io/disk/database.ts';
import type { History } from './history/history.ts';
import type { Life } from './life.ts';
import type { KeptMarks } from './marks.ts';
import type { DamageReports, OpenParts, StateDatabase, TablesOptions } from './parts.ts';
import type { PassedTime } from './passed-time.ts';
import { Relocation } from './relocation.ts';
import type { LastRuns } from './runs/last-runs.ts';
import type { RecordedRuns } from './runs/recorded-runs.ts';
import type { FileSalvage } from './salvage/files.ts';
import type { Spool } from './spool/spool.ts';

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
  readonly life: Life;
  readonly passed: PassedTime;
  readonly lastRuns: LastRuns;
  readonly recordedRuns: RecordedRuns;
  readonly marks: KeptMarks;
  readonly spool: Spool;
  readonly history: History;
  readonly #database: StateDatabase;
  readonly #reports: DamageReports;
  #file: FileState;

  /**
   * Takes the open tables. A file that turns out to be damaged later is salvaged, set aside and
   * reported to `reports`.
   */
  constructor({ database, reports }: TablesOptions, parts: OpenParts) {
    this.#database = database;
    this.#reports = reports;
    const { db, life, passed, lastRuns, recordedRuns, marks, spool, history } = parts;
    this.#file = { kind: 'open', db };
    this.life = life;
    this.passed = passed;
    this.lastRuns = lastRuns;
    this.recordedRuns = recordedRuns;
    this.marks = marks;
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
    const { life, passed, lastRuns, recordedRuns, marks, spool, history } = this;
    for (const part of [life, passed, lastRuns, recordedRuns, marks, spool, history]) part.startAfresh(db);
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
      const { life, passed, lastRuns, recordedRuns, marks, history } = this;
      life.startAfresh(fresh); // first: it writes, and may fail
      this.spool.moveTo(fresh);
      history.leave();
      for (const part of [passed, lastRuns, recordedRuns, marks, history]) part.startAfresh(fresh);
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
    this.life.end();
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
    this.#file = { kind: 'closed' };
    this.history.leave();
    try {
      this.#file = { kind: 'salvaging', salvage: damaged.begin(openAt, this.spool.pause()) };
    } catch {
      this.spool.leave();
    }
    db.abandon(); // it was renamed: to write its -wal into it would take long, and is of no use
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
