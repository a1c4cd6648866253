/** Writes samples into the history's buckets, together with what the buckets hold already. */
import {
  bucketOf,
  type FlatSamples,
  inOrder,
  joinSummaries,
  packBucket,
  summaryOfAll,
  unpackBucket,
} from './bucket.ts';
import { rawBytes, rowBytes } from './buckets-sql.ts';
import { type MetricRow, nameBytes, seenWithinS } from './metrics-sql.ts';
import type { HistoryState } from './sql.ts';
import { type HistoryStorage, nextBucket, type WriteFloors } from './storage.ts';

/** The samples of one metric. */
export type MetricSamples = readonly [name: string, samples: FlatSamples];

/** New samples of one bucket, by metric name, as unix second and value by turns. */
type NewBucket = Map<string, number[]>;

/** The rows of metrics, those that were made for new names included. */
type MetricRows = { readonly added: readonly string[]; of(name: string): MetricRow };

/**
 * Writes the samples that are not older than the floors, inside the caller's transaction.
 * Returns the state with the new sizes. Throws what SQLite says.
 */
export function putSamples(
  storage: HistoryStorage,
  state: HistoryState,
  metrics: readonly MetricSamples[],
  { floorS, rawFloorS }: WriteFloors,
): HistoryState {
  const { buckets, newest } = sortedByBucket(metrics, floorS);
  const rows = metricRowsOf(storage, [...newest.keys()]);
  for (const [name, atS] of newest) {
    const { id, seenAtS } = rows.of(name);
    if (atS >= seenAtS + seenWithinS) storage.sql.seen(id, atS);
  }
  const sizes = { rowBytes: state.rowBytes, rawBytes: state.rawBytes, nameBytes: state.nameBytes };
  for (const name of rows.added) sizes.nameBytes += nameBytes(name);
  for (const [atS, bucket] of buckets) {
    storage.sql.wrote(atS, storage.passedS(), nextBucket(atS) > storage.nowS());
    const added = putBucket(storage, rows, atS, bucket, atS >= rawFloorS);
    sizes.rowBytes += added.rowBytes;
    sizes.rawBytes += added.rawBytes;
  }
  return { ...state, ...sizes };
}

/** Sorts samples by bucket and metric; also returns each metric's newest bucket. */
function sortedByBucket(metrics: readonly MetricSamples[], floorS: number) {
  const buckets = new Map<number, NewBucket>();
  const newest = new Map<string, number>();
  for (const [name, samples] of metrics) {
    for (let at = 0; at < samples.length; at += 2) {
      const [sampledS = 0, value = 0] = [samples[at], samples[at + 1]];
      const atS = bucketOf(sampledS);
      if (atS < floorS) continue;
      const bucket: NewBucket = buckets.get(atS) ?? new Map();
      buckets.set(atS, bucket);
      const there = bucket.get(name);
      if (there) there.push(sampledS, value);
      else bucket.set(name, [sampledS, value]);
      newest.set(name, Math.max(newest.get(name) ?? 0, atS));
    }
  }
  return { buckets, newest };
}

/**
 * Writes one bucket; if `isYoung`, also the samples of new rows. Returns by how much the sizes
 * grew.
 */
function putBucket({ sql }: HistoryStorage, rows: MetricRows, atS: number, bucket: NewBucket, isYoung: boolean) {
  const ids = [...bucket.keys()].map((name) => rows.of(name).id);
  const former = sql.summariesAt(atS, ids);
  const formerRaw = sql.rawAt(atS, [...former.keys()]);
  const added = { rowBytes: 0, rawBytes: 0 };
  for (const [name, fresh] of bucket) {
    const { id } = rows.of(name);
    const [summary, raw] = [former.get(id), formerRaw.get(id)];
    const all = inOrder(raw ? [...unpackBucket(atS, raw).flatMap((one) => [one.atS, one.value]), ...fresh] : fresh);
    sql.put(atS, id, summary && !raw ? joinSummaries([summary, summaryOfAll(fresh)]) : summaryOfAll(all));
    if (!summary) added.rowBytes += rowBytes;
    // samples are kept only of a whole bucket: here some are deleted, or it is too old
    if (!raw && (summary || !isYoung)) continue;
    const packed = packBucket(atS, all);
    sql.putRaw(atS, id, packed);
    added.rawBytes += rawBytes(packed) - (raw ? rawBytes(raw) : 0);
  }
  return added;
}

/** Returns the rows of metrics; makes them for new names. */
function metricRowsOf({ sql }: HistoryStorage, names: readonly string[]): MetricRows {
  const former = sql.metricRows(names);
  const added = names.filter((name) => !former.has(name));
  if (added.length > 0) sql.addNames(added);
  const fresh = added.length > 0 ? sql.metricRows(added) : former;
  return {
    added,
    of(name) {
      const row = former.get(name) ?? fresh.get(name);
      if (!row) throw new Error(`metrics is malformed: ${name} is not in it`);
      return row;
    },
  };
}
