import type { Walk } from '../../model/walk.ts';
import { eachSample } from '../spool/blocks.ts';
import { bucketOf, bucketS, unpackBucket } from './bucket.ts';
import type { HistoryStorage } from './storage.ts';

/** Takes a sample. `atS` is in unix seconds. */
export type VisitSample = (metric: string, atS: number, value: number) => void;

const namesAtOnce = 200;

/**
 * Calls `visit` with the samples of these metrics since a time within the last day, in unix
 * seconds: one metric's in the order in which they were taken. It costs less than a query of each
 * metric, because the blocks of the spool are read once. Throws what SQLite says.
 *
 * Blocks may move from the spool to the tables during the walk. So the spool is read first, and of
 * its samples those count that are newer than the metric's last one in the tables: each counts
 * once. One that came late, with a time before that, is left out.
 */
export function* visitLately(
  storage: HistoryStorage,
  metrics: ReadonlySet<string>,
  fromS: number,
  visit: VisitSample,
): Walk<void> {
  const waiting: { readonly metric: string; readonly atS: number; readonly value: number }[] = [];
  const { follower } = storage;
  for (const { lines } of follower.behind(follower.position() ?? follower.newest())) {
    eachSample(lines, (metric, value, atS) => {
      if (atS >= fromS && metrics.has(metric)) waiting.push({ metric, atS, value });
    });
    yield;
  }
  const newest = yield* visitStored(storage, [...metrics], Math.max(fromS, storage.floorS()), visit);
  for (const { metric, atS, value } of waiting) if (atS > (newest.get(metric) ?? 0)) visit(metric, atS, value);
}

/** Visits what the tables hold. Returns when the last sample of each metric was taken. */
function* visitStored(
  { sql, nowS }: HistoryStorage,
  metrics: readonly string[],
  fromS: number,
  visit: VisitSample,
): Walk<ReadonlyMap<string, number>> {
  const newest = new Map<string, number>();
  const lastS = Math.min(bucketOf(nowS()), sql.lastBucket() ?? 0);
  for (let from = 0; from < metrics.length; from += namesAtOnce) {
    const rows = sql.metricRows(metrics.slice(from, from + namesAtOnce));
    const names = new Map([...rows].map(([name, { id }]) => [id, name]));
    for (let bucket = bucketOf(fromS); bucket <= lastS && names.size > 0; bucket += bucketS) {
      yield;
      for (const [id, samples] of sql.rawAt(bucket, [...names.keys()])) {
        const metric = names.get(id) ?? '';
        for (const { atS, value } of unpackBucket(bucket, samples)) {
          if (atS >= fromS) visit(metric, atS, value);
          newest.set(metric, atS);
        }
      }
    }
  }
  return newest;
}
