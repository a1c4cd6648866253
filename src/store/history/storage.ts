import type { Database } from '../../io/disk/database.ts';
import type { Follower } from '../spool/follower.ts';
import { bucketOf, bucketS } from './bucket.ts';
import { emptyHistory, type HistorySql, type HistoryState, prepareHistorySql } from './sql.ts';

/** How long and how large the history may be. Read at each use. */
export type HistoryBounds = {
  /** Seconds. 0: no history is kept, and what there is of one is removed. */
  readonly keptForS: number;
  /** About how many bytes of the database's file it may take. */
  readonly maxSizeBytes: number;
  /** Whether the last value of each metric is held in memory even if no history is kept. */
  readonly keepsLatest: boolean;
};

/**
 * Begins of buckets, in unix seconds: what is older than `floorS` is not written, what is older
 * than `rawFloorS` is written as a summary only.
 */
export type WriteFloors = { readonly floorS: number; readonly rawFloorS: number };

/** The time by two clocks. */
export type HistoryTime = Pick<HistoryStorage, 'nowS' | 'passedS'>;

/**
 * The history's tables, and its state as of the last commit. Used by all that reads or writes
 * them.
 */
export type HistoryStorage = {
  readonly sql: HistorySql;
  readonly follower: Follower;
  readonly bounds: () => HistoryBounds;
  state(): HistoryState;
  /**
   * The beginning of the first bucket that is shown, in unix seconds: samples before it are
   * neither shown nor written any more.
   */
  floorS(): number;
  /** The beginning of the first bucket that is shown as sampled, too. */
  rawFloorS(): number;
  /**
   * The two floors for samples that are to be written. Where the wall clock is ahead of the newest
   * bucket, that bucket counts: samples that wait were taken before the clock was set ahead.
   */
  writeFloors(): WriteFloors;
  /** The wall clock's time in unix seconds. It may be wrong: nothing is deleted by it. */
  nowS(): number;
  /** How long agents have worked with the file, in seconds; see `PassedTime`. */
  passedS(): number;
  /**
   * Runs `work` in one transaction and writes the state that it returns. With `passTo`, the
   * history's position in the spool moves to that block in the same transaction. Throws what
   * SQLite says; then nothing has changed.
   */
  commit(work: (state: HistoryState) => HistoryState, passTo?: number): void;
  /** Replaces the tables by empty ones, which `tables` (SQL) creates. Throws what SQLite says. */
  empty(tables: string): void;
};

/** Single samples are kept for a day. */
export const rawKeptForS = 24 * 3600;

/** Opens the tables and reads the state. Throws what SQLite says. */
export function openHistoryStorage(
  db: Database,
  follower: Follower,
  bounds: () => HistoryBounds,
  { nowS, passedS }: HistoryTime,
): HistoryStorage {
  let sql = prepareHistorySql(db);
  let state = sql.state();

  function floorAt(atS: number) {
    const writtenS = Math.min(state.floorS, bucketOf(nowS())); // the clock may have been ahead when it was written
    return Math.max(bucketOf(atS - bounds().keptForS), writtenS);
  }

  return {
    get sql() {
      return sql;
    },
    follower,
    bounds,
    state: () => state,
    floorS: () => floorAt(nowS()),
    rawFloorS: () => bucketOf(nowS() - rawKeptForS),
    writeFloors() {
      const atS = Math.min(nowS(), sql.lastBucket() ?? nowS());
      return { floorS: floorAt(atS), rawFloorS: bucketOf(atS - rawKeptForS) };
    },
    nowS,
    passedS,
    commit(work, passTo) {
      let next = state;
      const write = () => {
        next = work(state);
        if (next !== state) sql.setState(next);
      };
      if (passTo === undefined) db.transaction(write);
      else follower.pass(passTo, write);
      state = next;
    },
    empty(tables) {
      db.transaction(() => {
        for (const table of ['history', 'history_raw', 'metrics', 'history_state', 'history_ages'])
          db.exec(`DROP TABLE IF EXISTS ${table}`);
        db.exec(tables);
        db.prepare('UPDATE history_state SET block = ?').run(follower.position());
      });
      sql = prepareHistorySql(db);
      state = emptyHistory;
    },
  };
}

/** About how many bytes of the file a history takes. */
export function historySizeBytes({ rowBytes, rawBytes, nameBytes }: HistoryState): number {
  return rowBytes + rawBytes + nameBytes;
}

/** Returns when the next bucket begins, in unix seconds. */
export function nextBucket(atS: number): number {
  return atS + bucketS;
}
