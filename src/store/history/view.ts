import type { Series } from '../../model/series.ts';
import type { Walk } from '../../model/walk.ts';
import { eachSample } from '../spool/blocks.ts';
import { bucketOf, bucketS, type TimedValue, unpackBucket } from './bucket.ts';
import { type VisitSample, visitLately } from './lately.ts';
import type { LatestValue, LatestValues } from './latest.ts';
import { type HistoryPoints, queryHistory } from './query.ts';
import { type HistoryStorage, historySizeBytes } from './storage.ts';

/** What can be asked of the history. Nothing throws: what can't be read now is left out. */
export type HistoryView = {
  /**
   * Returns what is known of a metric between two times (unix seconds, both included), in at most
   * `maxPoints` points (at least 2): the samples as they were, or sums of several seconds each.
   * Samples that are stored during the walk are in it, too, once each.
   */
  query(metric: string, fromS: number, toS: number, maxPoints?: number): Walk<HistoryPoints>;
  /**
   * Returns the last sample of each metric that was sampled within a day, by name. Beyond 20,000
   * metrics, those that were not sampled for longest may be missing. Each value is the newest of
   * the moment at which the walk read it.
   */
  metrics(): Walk<readonly LatestValue[]>;
  /**
   * Visits the samples of these metrics since a time within the last day (unix seconds), one
   * metric's in the order in which they were taken: see `visitLately`.
   */
  lately(metrics: ReadonlySet<string>, fromS: number, visit: VisitSample): Walk<void>;
  /** The last sample of a metric. Null: it was not sampled lately. */
  last(metric: string): TimedValue | null;
  /**
   * The series of a metric's last sample. Null: it has none, or it is not known, as for a metric
   * that this agent has not sampled yet.
   */
  seriesOf(metric: string): Series | null;
  /** About how many bytes of the database's file the history takes. */
  sizeBytes(): number;
  /** Whether what a former agent sampled is being read: no block may leave the spool meanwhile. */
  isRestoring(): boolean;
};

/** What a view reads. */
export type HistorySource = {
  readonly latest: LatestValues;
  readonly nowS: () => number;
  storage(): HistoryStorage;
  /**
   * Returns what the walk returns; `otherwise` if no history can be read now, if reading fails, or
   * if another file took the place of this one during the walk.
   */
  tried<Value>(begin: (storage: HistoryStorage) => Walk<Value>, otherwise: Value): Walk<Value>;
};

const rowsAStep = 200;

/** Creates the view that the page asks. It never throws: what can't be read now is not there. */
export function createHistoryView({ latest, nowS, storage, tried }: HistorySource): HistoryView {
  let isRestored = false;
  let restoring = 0; // walks that are under way

  /** Fills `latest` with what was sampled shortly before this agent started. */
  function* restore({ sql, follower }: HistoryStorage): Walk<boolean> {
    restoring += 1;
    try {
      const bucket = bucketOf(nowS());
      let row = { atS: bucket - 2 * bucketS, id: -1 };
      for (let hasMore = true; hasMore; yield) {
        const rows = sql.rawAfter(row, bucket, rowsAStep);
        for (const { name, atS, samples } of rows) {
          const last = unpackBucket(atS, samples).at(-1);
          if (last) latest.note(name, last.value, last.atS, null);
        }
        row = rows.at(-1) ?? row;
        hasMore = rows.length === rowsAStep;
      }
      for (const { lines } of follower.behind(follower.position() ?? follower.newest())) {
        eachSample(lines, latest.note);
        yield;
      }
      return true;
    } finally {
      restoring -= 1;
    }
  }

  return {
    query: (metric, fromS, toS, maxPoints = 1000) =>
      tried((from) => queryHistory(from, metric, fromS, toS, maxPoints), { stepS: 0, points: [] }),
    *metrics() {
      if (!isRestored) isRestored = yield* tried(restore, false);
      return yield* latest.all();
    },
    lately: (metrics, fromS, visit) => tried((from) => visitLately(from, metrics, fromS, visit), undefined),
    last: latest.last,
    seriesOf: latest.seriesOf,
    sizeBytes: () => historySizeBytes(storage().state()),
    isRestoring: () => restoring > 0,
  };
}
