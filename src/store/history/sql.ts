import type { Database } from '../../io/disk/database.ts';
import { type AgesSql, prepareAgesSql } from './ages-sql.ts';
import { type BucketsSql, prepareBucketsSql } from './buckets-sql.ts';
import { type MetricsSql, prepareMetricsSql } from './metrics-sql.ts';

/**
 * The history's state, one row of the file. The sizes are estimates of the room that rows,
 * samples and names take on disk.
 */
export type HistoryState = {
  /** The last block of the spool that is being written to the history. Null: none is. */
  readonly foldTo: number | null;
  /** The blocks up to `foldTo` are written for the metrics up to this name. */
  readonly foldAfter: string | null;
  /** Unix seconds: what is older is removed, or about to be. */
  readonly floorS: number;
  readonly rowBytes: number;
  readonly rawBytes: number;
  readonly nameBytes: number;
};

/** The state of a history that holds nothing. */
export const emptyHistory: HistoryState = {
  foldTo: null,
  foldAfter: null,
  floorS: 0,
  rowBytes: 0,
  rawBytes: 0,
  nameBytes: 0,
};

/** The statements that the history runs on its tables. Every function throws what SQLite says. */
export type HistorySql = MetricsSql &
  BucketsSql &
  AgesSql & {
    state(): HistoryState;
    setState(state: HistoryState): void;
  };

/** Prepares all statements once. */
export function prepareHistorySql(db: Database): HistorySql {
  const state = db.prepare('SELECT * FROM history_state');
  const setState = db.prepare(
    'UPDATE history_state SET fold_to = ?, fold_after = ?, floor = ?, row_bytes = ?, raw_bytes = ?, name_bytes = ?',
  );
  return {
    ...prepareMetricsSql(db),
    ...prepareBucketsSql(db),
    ...prepareAgesSql(db),
    state() {
      const [row] = state.all();
      if (!row) throw new Error('history_state is malformed: it has no row');
      return {
        foldTo: row['fold_to'] === null ? null : Number(row['fold_to']),
        foldAfter: row['fold_after'] === null ? null : String(row['fold_after']),
        floorS: Number(row['floor']),
        rowBytes: Number(row['row_bytes']),
        rawBytes: Number(row['raw_bytes']),
        nameBytes: Number(row['name_bytes']),
      };
    },
    setState: (next) =>
      setState.run(next.foldTo, next.foldAfter, next.floorS, next.rowBytes, next.rawBytes, next.nameBytes),
  };
}
