/**
 * The history of what was sampled, for the page: samples for a day, after that the mean, minimum
 * and maximum of every five minutes, as long and as large as the bounds allow. It reads the spool
 * as a sink does, from a position of its own, once in five minutes: until then the spool's blocks
 * are its memory. It works in small steps and in its own transactions, so that no commit of the
 * spool waits for it or fails with it.
 */

import type { Clock, Timer } from '../../io/clock.ts';
import type { Database } from '../../io/disk/database.ts';
import type { Emit } from '../../model/event.ts';
import type { Sample } from '../../model/sample.ts';
import type { Walk } from '../../model/walk.ts';
import { historyTables } from '../schema.ts';
import type { Follower } from '../spool/follower.ts';
import { packSeries } from '../spool/series-word.ts';
import { agesTable } from './ages-sql.ts';
import { bucketOf } from './bucket.ts';
import { createLatestValues, type LatestValues } from './latest.ts';
import { HistoryRound } from './round.ts';
import { MoveSchedule, pauseMs } from './schedule.ts';
import { type HistoryBounds, type HistoryStorage, historySizeBytes, openHistoryStorage } from './storage.ts';
import { HistoryTrouble } from './trouble.ts';
import { createHistoryView, type HistoryView } from './view.ts';

export type HistoryOptions = {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly bounds: () => HistoryBounds;
  /** How long agents have worked with the file, in seconds. */
  readonly passedS: () => number;
  /** How many samples may wait in the spool for the history alone. Asked in each commit. */
  readonly mostBehind: () => number;
};

type HistoryMode =
  /** There is a file: after a commit, steps are made as they are due. */
  | 'open'
  /**
   * The damaged file was set aside: there is nothing to read and no step is made until there is
   * another.
   */
  | 'without-file'
  /** The agent ends: nothing is done any more. */
  | 'closed';

/** The history, as the store uses it. */
export class History {
  readonly view: HistoryView;
  readonly #options: HistoryOptions;
  readonly #follower: Follower;
  readonly #latest: LatestValues;
  readonly #trouble: HistoryTrouble;
  readonly #schedule: MoveSchedule;
  #storage: HistoryStorage;
  #round: HistoryRound;
  #mode: HistoryMode = 'open';
  /** The next step. Null: none is due. */
  #timer: Timer | null = null;

  /**
   * Opens the history. Whether one is kept is up to `bounds`, at any time. Throws what SQLite
   * says.
   */
  constructor(db: Database, follower: Follower, options: HistoryOptions) {
    this.#options = options;
    this.#follower = follower;
    this.#latest = createLatestValues(() => this.#nowS());
    this.#trouble = new HistoryTrouble(options.clock, options.emit);
    this.#storage = this.#openStorage(db);
    this.#round = new HistoryRound(this.#storage);
    this.#schedule = new MoveSchedule(follower.newest());
    this.view = createHistoryView({
      latest: this.#latest,
      nowS: () => this.#nowS(),
      storage: () => this.#storage,
      tried: (begin, otherwise) => this.#tried(begin, otherwise),
    });
  }

  /** Whether a history is kept, so that the spool must keep its blocks for it. */
  isKept(): boolean {
    return this.#options.bounds().keptForS > 0 && !this.#trouble.isBroken();
  }

  /** Returns the same samples; each is noted as the latest of its metric when it is read. */
  noting(samples: Iterable<Sample>): Iterable<Sample> {
    return this.#notesLatest() ? notedBy(this.#latest, samples) : samples;
  }

  /** Reports how many samples the last commit added to the spool. Never throws. */
  committed(samples: number): void {
    if (!this.#notesLatest()) this.#latest.forget();
    if (this.#mode === 'closed' || this.#trouble.isBroken()) return;
    const newest = this.#follower.newest();
    if (!this.isKept()) {
      this.#schedule.committedWithout(newest);
      if (historySizeBytes(this.#storage.state()) > 0) this.#soon(pauseMs); // it is to be removed
      return;
    }
    const mostBehind = this.#trouble.hasFailed() ? Number.POSITIVE_INFINITY : this.#options.mostBehind();
    const due = this.#schedule.committed(samples, newest, bucketOf(this.#nowS()), mostBehind);
    if (due === null) return;
    this.#round.due(due.upTo);
    this.#soon(due.delayMs);
  }

  /**
   * What SQLite says of tables that are damaged so that they can't even be emptied; then no
   * history is kept until there is another file. Null: they are not.
   */
  damage(): string | null {
    return this.#trouble.damage();
  }

  /** The file is gone; until `startAfresh` there is none. */
  leave(): void {
    this.#mode = 'without-file';
    this.#round.giveUp();
  }

  /** Continues with an empty file. Throws what SQLite says. */
  startAfresh(db: Database): void {
    this.#storage = this.#openStorage(db);
    this.#round = new HistoryRound(this.#storage);
    this.#trouble.startAfresh();
    this.#schedule.startAfresh();
    this.#mode = 'open';
  }

  close(): void {
    this.#mode = 'closed';
    this.#timer?.cancel();
  }

  #nowS(): number {
    return this.#options.clock.nowMs() / 1000;
  }

  #openStorage(db: Database): HistoryStorage {
    const { bounds, passedS } = this.#options;
    return openHistoryStorage(db, this.#follower, bounds, { nowS: () => this.#nowS(), passedS });
  }

  #notesLatest(): boolean {
    const { keptForS, keepsLatest } = this.#options.bounds();
    return keptForS > 0 || keepsLatest;
  }

  #soon(delayMs: number): void {
    this.#timer ??= this.#options.clock.after(delayMs, () => this.#step());
  }

  #step(): void {
    this.#timer = null;
    if (this.#mode !== 'open' || this.#trouble.isBroken()) return;
    if (this.view.isRestoring()) {
      this.#soon(pauseMs);
      return;
    }
    const isRepairing = this.#trouble.isDamaged();
    try {
      this.#trouble.repair(() => this.#storage.empty(historyTables + agesTable));
      const hasMore = this.#round.step(this.isKept());
      if (this.#round.hasMoved()) this.#schedule.moved(this.#samplesBehind());
      if (hasMore) this.#soon(pauseMs);
      else this.#trouble.succeeded();
    } catch (error) {
      this.#failed(error, isRepairing);
    }
  }

  #samplesBehind(): number {
    return this.#follower.samplesBehind(this.#follower.position() ?? this.#follower.newest());
  }

  /** A failure is tried again in the next five minutes; damaged tables are emptied soon. */
  #failed(error: unknown, isRepairing: boolean): void {
    this.#round.giveUp();
    if (this.#trouble.failed(error, isRepairing)) this.#soon(0);
  }

  *#tried<Value>(begin: (storage: HistoryStorage) => Walk<Value>, otherwise: Value): Walk<Value> {
    const storage = this.#storage;
    const walk = begin(storage);
    while (this.#mode === 'open' && this.#storage === storage && this.isKept()) {
      try {
        const next = walk.next();
        if (next.done === true) return next.value;
      } catch (error) {
        this.#failed(error, false);
        return otherwise;
      }
      yield;
    }
    walk.return(otherwise); // so that it ends in order
    return otherwise;
  }
}

function* notedBy(latest: LatestValues, samples: Iterable<Sample>): Generator<Sample, void, undefined> {
  for (const sample of samples) {
    const { metric, value, atS, series } = sample;
    latest.note(metric, value, atS, series === undefined ? '' : packSeries(series));
    yield sample;
  }
}
