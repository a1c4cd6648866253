import type { Database, SqlValue } from '../../io/disk/database.ts';
import type { BucketSummary } from './bucket.ts';

/**
 * Rows that were deleted: how many, the bytes that they took, and the begin of the last one's
 * bucket.
 */
export type DeletedRows = { readonly rows: number; readonly bytes: number; readonly lastAtS: number };

/** A bucket of one metric as sampled. */
export type RawBucket = { readonly atS: number; readonly samples: Uint8Array };

/** Which row of packed samples it is. */
export type RawRow = { readonly atS: number; readonly id: number };

/**
 * The statements on the tables `history` (summaries) and `history_raw` (samples). Times are
 * begins of buckets, in unix seconds. Every function throws what SQLite says.
 */
export type BucketsSql = {
  /** Returns the summaries of these metrics in one bucket, by metric id. */
  summariesAt(atS: number, ids: readonly number[]): ReadonlyMap<number, BucketSummary>;
  /** Returns the packed samples of these metrics in one bucket, by metric id. */
  rawAt(atS: number, ids: readonly number[]): ReadonlyMap<number, Uint8Array>;
  put(atS: number, id: number, summary: BucketSummary): void;
  putRaw(atS: number, id: number, samples: Uint8Array): void;
  /** Returns one metric's summaries, oldest first. */
  summariesOf(id: number, fromS: number, toS: number): readonly (BucketSummary & { readonly atS: number })[];
  /** Returns one metric's packed samples, oldest first. */
  rawOf(id: number, fromS: number, toS: number): readonly RawBucket[];
  /**
   * Returns the packed samples of all metrics behind a row up to a bucket, in the order of buckets
   * and metric ids, `most` at most.
   */
  rawAfter(row: RawRow, toS: number, most: number): readonly (RawBucket & RawRow & { readonly name: string })[];
  /**
   * Deletes the oldest summaries from one bucket to before another, `most` at most. Null: there
   * are none.
   */
  dropRows(fromS: number, beforeS: number, most: number): DeletedRows | null;
  /** Deletes rows of packed samples in the same way. */
  dropRaw(fromS: number, beforeS: number, most: number): DeletedRows | null;
};

/**
 * About how many bytes of the file a summary's row takes, measured: with what SQLite needs beside
 * it, and what it leaves free in its pages.
 */
export const rowBytes = 48;

/** About how many bytes of the file a row of packed samples takes, measured alike. */
export const rawBytes = (samples: Uint8Array): number => Math.floor(((samples.length + 12) * 6) / 5);

/**
 * Finds one metric's buckets, each by its key, because the tables are ordered by time. The range
 * is cut to what is in the table.
 */
const bucketsBetween = (table: string) => `
  WITH RECURSIVE bucket (at) AS (
    SELECT MAX(?1, (SELECT MIN(at) FROM ${table}))
    UNION ALL
    SELECT at + 300 FROM bucket WHERE at + 300 <= MIN(?2, (SELECT MAX(at) FROM ${table}))
  )
  SELECT ${table}.* FROM bucket CROSS JOIN ${table} ON ${table}.at = bucket.at AND ${table}.metric = ?3
  WHERE bucket.at <= ?2`;

/** Prepares the statements for the buckets. Throws what SQLite says. */
export function prepareBucketsSql(db: Database): BucketsSql {
  const summariesAt = db.prepare('SELECT * FROM history WHERE at = ? AND metric IN (SELECT value FROM json_each(?))');
  const rawAt = db.prepare('SELECT * FROM history_raw WHERE at = ? AND metric IN (SELECT value FROM json_each(?))');
  const put = db.prepare(
    'INSERT OR REPLACE INTO history (at, metric, samples, mean, min, max) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const putRaw = db.prepare('INSERT OR REPLACE INTO history_raw (at, metric, samples) VALUES (?, ?, ?)');
  const summariesOf = db.prepare(bucketsBetween('history'));
  const rawOf = db.prepare(bucketsBetween('history_raw'));
  const allRaw = db.prepare(
    `SELECT name, at, metric, samples FROM history_raw CROSS JOIN metrics ON metrics.id = metric
     WHERE (at, metric) > (?, ?) AND at <= ? ORDER BY at, metric LIMIT ?`,
  );
  return {
    summariesAt: (atS, ids) =>
      new Map(summariesAt.all(atS, JSON.stringify(ids)).map((row) => [Number(row['metric']), summaryIn(row)])),
    rawAt: (atS, ids) =>
      new Map(rawAt.all(atS, JSON.stringify(ids)).map((row) => [Number(row['metric']), bytesIn(row)])),
    put: (atS, id, { samples, mean, min, max }) => put.run(atS, id, samples, real(mean), real(min), real(max)),
    putRaw: (atS, id, samples) => putRaw.run(atS, id, samples),
    summariesOf: (id, fromS, toS) =>
      summariesOf.all(fromS, toS, id).map((row) => ({ atS: Number(row['at']), ...summaryIn(row) })),
    rawOf: (id, fromS, toS) =>
      rawOf.all(fromS, toS, id).map((row) => ({ atS: Number(row['at']), samples: bytesIn(row) })),
    rawAfter: ({ atS, id }, toS, most) =>
      allRaw.all(atS, id, toS, most).map((row) => ({
        name: String(row['name']),
        atS: Number(row['at']),
        id: Number(row['metric']),
        samples: bytesIn(row),
      })),
    dropRows: prepareDrop(db, 'history', String(rowBytes)),
    dropRaw: prepareDrop(db, 'history_raw', '(LENGTH(samples) + 12) * 6 / 5'),
  };
}

/**
 * Returns what SQLite stores as exactly this number. The binding would take a number right above
 * a whole one for that whole one; as text, SQLite makes the number of it again.
 */
function real(value: number): number | string {
  const fraction = value - Math.floor(value);
  return fraction > 0 && fraction < Number.EPSILON ? String(value) : value;
}

type BucketRow = Readonly<Record<string, SqlValue>>;

function summaryIn(row: BucketRow): BucketSummary {
  return {
    samples: Number(row['samples']),
    mean: Number(row['mean']),
    min: Number(row['min']),
    max: Number(row['max']),
  };
}

function bytesIn({ samples }: BucketRow): Uint8Array {
  return samples instanceof Uint8Array ? samples : new Uint8Array();
}

/**
 * Prepares the deletion of a table's oldest rows. `bytes` is SQL: about how many bytes a row
 * takes.
 */
function prepareDrop(db: Database, table: string, bytes: string) {
  const oldest = db.prepare(
    `SELECT COUNT(*) AS rows, SUM(bytes) AS bytes
     FROM (SELECT ${bytes} AS bytes FROM ${table} WHERE at >= ? AND at < ? ORDER BY at, metric LIMIT ?)`,
  );
  const keyOf = db.prepare(
    `SELECT at, metric FROM ${table} WHERE at >= ? AND at < ? ORDER BY at, metric LIMIT 1 OFFSET ?`,
  );
  const dropBetween = db.prepare(`DELETE FROM ${table} WHERE at >= ? AND at < ?`);
  const dropWithin = db.prepare(`DELETE FROM ${table} WHERE at = ? AND metric <= ?`);
  return (fromS: number, beforeS: number, most: number): DeletedRows | null => {
    const [sums] = oldest.all(fromS, beforeS, most);
    const rows = Number(sums?.['rows']);
    const [key] = rows > 0 ? keyOf.all(fromS, beforeS, rows - 1) : [];
    if (!key) return null;
    const [lastAtS, metric] = [Number(key['at']), Number(key['metric'])];
    dropBetween.run(fromS, lastAtS);
    dropWithin.run(lastAtS, metric);
    return { rows, bytes: Number(sums?.['bytes']), lastAtS };
  };
}
