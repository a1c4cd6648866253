import type { Database } from '../../io/disk/database.ts';
import type { Follower } from '../spool/follower.ts';
import { bucketOf, bucketS } from './bucket.ts';
import { emptyState, type HistorySql, prepareHistorySql, type State } from './sql.ts';

/** How long and how large the history may be. Asked at each use. */
export type HistoryBounds = {
  /** Seconds; 0: none is kept, and what there is goes. */
  readonly keptForS: number;
  /** About how much of the database's file it may take. */
  readonly maxSizeBytes: number;
  /** Whether the last value of each metric is held in memory even where no history is kept. */
  readonly keepsLatest: boolean;
};

/** The history's tables, and what memory knows of them: as much as is committed. */
export type Core = {
  readonly sql: HistorySql;
  readonly follower: Follower;
  readonly bounds: () => HistoryBounds;
  state(): State;
  /** What lies before is not shown and takes no more samples. Unix seconds, the begin of a bucket. */
  floorS(): number;
  /** Buckets from this one on are kept as sampled, too. */
  rawFloorS(): number;
  /** Writes in one transaction: `work` gives the new state. `passTo`: the blocks up to this one are in. Throws what SQLite says; then nothing has changed. */
  commit(work: (state: State) => State, passTo?: number): void;
  /** Makes the tables anew, empty, by the SQL given. Throws what SQLite says. */
  empty(tables: string): void;
};

const rawKeptForS = 24 * 3600;

/** Reads the state. Throws what SQLite says. */
export function openCore(db: Database, follower: Follower, bounds: () => HistoryBounds, nowS: () => number): Core {
  let sql = prepareHistorySql(db);
  let state = sql.state();
  return {
    get sql() {
      return sql;
    },
    follower,
    bounds,
    state: () => state,
    floorS: () => Math.max(bucketOf(nowS() - bounds().keptForS), Math.min(state.floorS, bucketOf(nowS()))), // the clock may have been ahead
    rawFloorS: () => bucketOf(nowS() - rawKeptForS),
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
        for (const table of ['history', 'history_raw', 'metrics', 'history_state'])
          db.exec(`DROP TABLE IF EXISTS ${table}`);
        db.exec(tables);
        db.prepare('UPDATE history_state SET block = ?').run(follower.place());
      });
      sql = prepareHistorySql(db);
      state = emptyState;
    },
  };
}

/** About how many bytes of the file a history takes. */
export function historySizeBytes({ rowBytes, rawBytes, nameBytes }: State): number {
  return rowBytes + rawBytes + nameBytes;
}

/** The bucket behind one. */
export function nextBucket(atS: number): number {
  return atS + bucketS;
}
