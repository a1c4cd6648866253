import { metricName, unixSeconds } from '../../model/sample.ts';
import { unpackLines } from '../spool/blocks.ts';
import { bucketOf, bucketS, unpackBucket } from './bucket.ts';
import type { LatestValue, LatestValues } from './latest.ts';
import { type HistoryPoints, queryHistory } from './query.ts';
import { type HistoryStorage, historySizeBytes } from './storage.ts';

/** What can be asked of the history. Nothing throws: what can't be read now is left out. */
export type HistoryView = {
  /**
   * Returns what is known of a metric between two times (unix seconds, both included), in at most
   * `maxPoints` points (at least 2): the samples as they were, or sums of several seconds each.
   */
  query(metric: string, fromS: number, toS: number, maxPoints?: number): HistoryPoints;
  /**
   * Returns the last sample of each metric that was sampled within a day, by name. Beyond 20,000
   * metrics, those that were not sampled for longest may be missing.
   */
  metrics(): readonly LatestValue[];
  /** Returns the first `most` metric names that begin with `prefix`, in order. */
  names(prefix: string, most?: number): readonly string[];
  /** About how many bytes of the database's file the history takes. */
  sizeBytes(): number;
};

/** What a view reads. */
export type HistorySource = {
  readonly latest: LatestValues;
  readonly nowS: () => number;
  storage(): HistoryStorage;
  /** Returns what `read` returns; `otherwise` if no history can be read now, or reading fails. */
  tried<Value>(read: () => Value, otherwise: Value): Value;
};

/** Creates the view that the page asks. It never throws: what can't be read now is not there. */
export function createHistoryView({ latest, nowS, storage, tried }: HistorySource): HistoryView {
  let isRestored = false;

  /** Fills `latest`, once, with what was sampled shortly before this agent started. */
  function restore() {
    if (isRestored) return;
    isRestored = tried(() => {
      const { sql, follower } = storage();
      const bucket = bucketOf(nowS());
      for (const { name, atS, samples } of sql.allRawBetween(bucket - 2 * bucketS, bucket))
        for (const sample of unpackBucket(atS, samples))
          latest.note({ metric: metricName(name), value: sample.value, atS: unixSeconds(sample.atS) });
      for (const { lines } of follower.behind(follower.position() ?? follower.newest()))
        unpackLines(lines).forEach(latest.note);
      return true;
    }, false);
  }

  return {
    query: (metric, fromS, toS, maxPoints = 1000) =>
      tried(() => queryHistory(storage(), metric, fromS, toS, maxPoints), { stepS: 0, points: [] }),
    metrics() {
      restore();
      return latest.all();
    },
    names(prefix, most = 1000) {
      restore();
      const stored = tried(() => storage().sql.namesFrom(prefix, most), []);
      const floorS = storage().floorS();
      const sampled = latest
        .all()
        .flatMap(({ name, lastAtS }) => (name.startsWith(prefix) && lastAtS >= floorS ? name : []));
      return [...new Set([...stored, ...sampled])].sort().slice(0, most);
    },
    sizeBytes: () => historySizeBytes(storage().state()),
  };
}
