/**
 * What is in the spool and where: blocks in the file, behind them blocks in memory, and each
 * sink's position. Three files work on it: `spool.ts` writes, `sink-view.ts` reads for one sink,
 * `follower.ts` reads for the history.
 */
import type { Database } from '../../io/disk/database.ts';
import type { Salvaged } from '../salvage/scope.ts';
import { SinkCounters } from './counters.ts';
import type { SpoolTotals } from './draft.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { openPositions, type SpooledSink } from './positions.ts';
import { type PassedBlocks, prepareSpoolSql, type SpoolSql } from './sql.ts';
import { createTail, type Tail } from './tail.ts';

/** The file that holds the spool. */
export type SpoolFile =
  /**
   * The usual mode: blocks are in the file, and the tail holds only what the disk does not take
   * now.
   */
  | { readonly kind: 'on-disk'; readonly db: Database; readonly sql: SpoolSql }
  /**
   * The damaged file was left, and its blocks may come back: the sinks get nothing until then, so
   * that the order stays.
   */
  | { readonly kind: 'paused' }
  /** The damaged file was set aside and none has taken its place yet: the tail is all there is. */
  | { readonly kind: 'in-memory' };

/** The blocks and positions of the spool, with the totals that memory keeps of them. */
export class SpoolContents {
  readonly tail: Tail = createTail();
  readonly counters: SinkCounters;
  readonly ledger: Ledger;
  #file: SpoolFile;
  #totals: SpoolTotals;

  /** Reads what is in the file and gives new sinks their positions. Throws what SQLite says. */
  constructor(db: Database, sinks: readonly SpooledSink[], passedS: number) {
    const sql = prepareSpoolSql(db);
    const followed = sql.followed();
    const positions = openPositions(db, sinks, Math.max(sql.newest(), followed ?? 0), passedS);
    this.counters = new SinkCounters(sql.counters());
    this.ledger = createLedger(positions, sql.samplesAfter, this.counters);
    this.#file = { kind: 'on-disk', db, sql };
    const { newest: lastId, hasAbsent } = positions;
    this.#totals = { bytes: sql.bytes(), lastId, hasAbsent, followed, hasPassed: true };
  }

  /** The file's statements, for reading. Null: there is no file now. */
  get sql(): SpoolSql | null {
    return this.#file.kind === 'on-disk' ? this.#file.sql : null;
  }

  /** The totals as of the last commit. */
  get totals(): Readonly<SpoolTotals> {
    return this.#totals;
  }

  /** The file, for work that needs one. Throws if there is none, which no caller lets happen. */
  onDisk(): SpoolFile & { readonly kind: 'on-disk' } {
    if (this.#file.kind !== 'on-disk') throw new Error('the spool has no file');
    return this.#file;
  }

  /** Changes totals after a commit. */
  update(changed: Partial<SpoolTotals>): void {
    this.#totals = { ...this.#totals, ...changed };
  }

  /** Returns the id for a new block in memory. */
  nextId(): number {
    this.#totals.lastId += 1;
    return this.#totals.lastId;
  }

  /**
   * Runs `write` in a transaction that also deletes blocks that every sink, and the history, has
   * passed; if there are many, the next commits delete the rest. Throws what SQLite says; then
   * nothing has changed.
   */
  writeAndDropPassed(write: (sql: SpoolSql) => void): void {
    const { db, sql } = this.onDisk();
    let passed: PassedBlocks = { freedBytes: 0, hasMore: false };
    db.transaction(() => {
      write(sql);
      passed = sql.dropPassed();
    });
    this.update({ bytes: this.#totals.bytes - passed.freedBytes, hasPassed: passed.hasMore });
  }

  /** Counts the samples on disk that not every sink has. */
  samplesOnDisk(): number {
    const behind = [...this.ledger.positions()].map(
      ([sink, { block }]) => this.ledger.waiting(sink) - this.tail.samplesAfter(block),
    );
    return Math.max(0, ...behind);
  }

  /** Counts the samples in memory that a sink lacks. */
  samplesInMemory(): number {
    return this.tail.samplesAfter(this.#firstWanted());
  }

  /** Counts the bytes of the blocks in memory that a sink lacks. */
  bytesInMemory(): number {
    return this.tail.bytesAfter(this.#firstWanted());
  }

  /** Whether blocks may come back from a damaged file. */
  isPaused(): boolean {
    return this.#file.kind === 'paused';
  }

  /** Leaves a damaged file. Returns which blocks of it are wanted: those behind `first`. */
  pause(): { readonly first: number; readonly newest: number } {
    this.#file = { kind: 'paused' };
    const first = Math.min(this.ledger.first(), this.#totals.followed ?? Number.POSITIVE_INFINITY);
    return { first, newest: this.newestOnDisk() };
  }

  /** Changes to memory alone: what was on disk is gone for every sink. */
  leave(): void {
    const newestOnDisk = this.newestOnDisk();
    const { followed } = this.#totals;
    this.#file = { kind: 'in-memory' };
    this.ledger.written();
    this.update({
      bytes: 0,
      hasAbsent: false,
      hasPassed: false,
      followed: followed === null ? null : Math.max(followed, newestOnDisk),
    });
    for (const [sink, position] of this.ledger.positions()) {
      position.block = Math.max(position.block, newestOnDisk);
      this.ledger.setWaiting(sink, this.tail.samplesAfter(position.block));
      this.ledger.moved(sink);
    }
  }

  /**
   * Changes to a file that holds the same, but no counters. Throws what SQLite says; then nothing
   * has changed.
   */
  moveTo(db: Database): void {
    const sql = prepareSpoolSql(db);
    sql.follow(this.#totals.followed);
    this.update({ bytes: sql.bytes(), hasPassed: true }); // some may have been passed during the move
    this.counters.rewrite();
    this.#file = { kind: 'on-disk', db, sql };
  }

  /**
   * Changes to a new file, with what was salvaged. Returns how many samples came back that a sink
   * lacks, and how many did not. Throws what SQLite says; then the mode stays as it was.
   */
  startAfresh(db: Database, sinks: readonly SpooledSink[], passedS: number): Salvaged | null {
    const { hasAbsent } = openPositions(db, sinks, this.newestOnDisk(), passedS);
    const sql = prepareSpoolSql(db);
    sql.follow(this.#totals.followed);
    const salvaged = this.isPaused() ? this.#takeBack(sql) : null;
    this.update({ bytes: sql.bytes(), hasAbsent, hasPassed: true });
    this.counters.rewrite();
    this.#file = { kind: 'on-disk', db, sql };
    return salvaged;
  }

  /** The id behind which a sink, be it present or absent, lacks every block in memory. */
  #firstWanted(): number {
    return this.#totals.hasAbsent ? 0 : this.ledger.first();
  }

  /** Counts what waits for each sink again; what is missing is lost for it. */
  #takeBack(sql: SpoolSql): Salvaged {
    let [samples, lost] = [0, 0];
    for (const [sink, position] of this.ledger.positions()) {
      const before = this.ledger.waiting(sink);
      this.ledger.recount(sink, (block) => sql.samplesAfter(block) + this.tail.samplesAfter(block));
      const missing = Math.max(0, before - this.ledger.waiting(sink));
      samples = Math.max(samples, sql.samplesAfter(position.block));
      lost = Math.max(lost, missing);
      position.lost += missing;
    }
    return { samples, lost };
  }

  /** The id of the newest block in the file; a new reader begins behind it. */
  newestOnDisk(): number {
    return (this.tail.blocks()[0]?.id ?? this.#totals.lastId + 1) - 1;
  }
}
