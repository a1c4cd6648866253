import type { Database, SqlValue } from '../../io/disk/database.ts';
import type { BucketSummary } from './bucket.ts';

/** What the history knows of itself. The sizes are estimates of how much room there is behind them on disk. */
export type State = {
  /** The blocks of the spool up to this one are being taken up; null: none are. */
  readonly foldTo: number | null;
  /** They are in for the metrics up to this name. */
  readonly foldAfter: string | null;
  /** What lies before, in unix seconds, is gone or about to go. */
  readonly floorS: number;
  readonly rowBytes: number;
  readonly rawBytes: number;
  readonly nameBytes: number;
};

/** A history that holds nothing. */
export const emptyState: State = { foldTo: null, foldAfter: null, floorS: 0, rowBytes: 0, rawBytes: 0, nameBytes: 0 };

/** A metric's number, and a second from which on it was last seen within an hour. */
export type KnownMetric = { readonly id: number; readonly seenAtS: number };

/** Some rows went: how many there were, the bytes they held, and the bucket of the last. */
export type Deleted = { readonly rows: number; readonly bytes: number; readonly lastAtS: number };

/** What the history asks of its tables. Times are begins of buckets, in unix seconds. Every function throws what SQLite says. */
export type HistorySql = {
  state(): State;
  setState(state: State): void;
  idOf(name: string): number | null;
  known(names: readonly string[]): ReadonlyMap<string, KnownMetric>;
  addNames(names: readonly string[]): void;
  seen(id: number, atS: number): void;
  /** The names that begin so, at most `most`, in order. */
  namesFrom(prefix: string, most: number): readonly string[];
  /** Of these metrics, what there is of one bucket. */
  summariesAt(atS: number, ids: readonly number[]): ReadonlyMap<number, BucketSummary>;
  rawAt(atS: number, ids: readonly number[]): ReadonlyMap<number, Uint8Array>;
  put(atS: number, id: number, summary: BucketSummary): void;
  putRaw(atS: number, id: number, samples: Uint8Array): void;
  /** One metric's buckets, oldest first. */
  summariesOf(id: number, fromS: number, toS: number): readonly (BucketSummary & { readonly atS: number })[];
  rawOf(id: number, fromS: number, toS: number): readonly { readonly atS: number; readonly samples: Uint8Array }[];
  /** The samples of all metrics in the buckets from one to another. */
  allRawBetween(
    fromS: number,
    toS: number,
  ): readonly { readonly name: string; readonly atS: number; readonly samples: Uint8Array }[];
  /** Deletes at most `most` of the oldest before a bucket; null: there are none. */
  dropRows(beforeS: number, most: number): Deleted | null;
  dropRaw(beforeS: number, most: number): Deleted | null;
  /** Deletes, of the next `most` metrics behind a number, those last seen before a second. Null: there are none behind it. */
  dropNames(after: number, most: number, beforeS: number): { readonly last: number; readonly bytes: number } | null;
};

/** About what one row takes of a file, measured: with what SQLite needs beside it, and what is left free in its pages. */
export const rowBytes = 48;
export const rawBytes = (samples: Uint8Array): number => Math.floor(((samples.length + 12) * 6) / 5);
export const nameBytes = (name: string): number => 2 * name.length + 28;

/** Seconds within which `seen_at` may lag behind a metric's last bucket, so that it need not be written each time. */
export const seenWithinS = 3600;

/** One metric's buckets, each by its key: the tables are ordered by time. Bounds are cut to what there is. */
const bucketsBetween = (table: string) => `
  WITH RECURSIVE bucket (at) AS (
    SELECT MAX(?1, (SELECT MIN(at) FROM ${table})) UNION ALL SELECT at + 300 FROM bucket WHERE at + 300 <= MIN(?2, (SELECT MAX(at) FROM ${table}))
  )
  SELECT ${table}.* FROM bucket CROSS JOIN ${table} ON ${table}.at = bucket.at AND ${table}.metric = ?3 WHERE bucket.at <= ?2`;

/** Prepares the statements once. */
export function prepareHistorySql(db: Database): HistorySql {
  const state = db.prepare('SELECT * FROM history_state');
  const setState = db.prepare(
    'UPDATE history_state SET fold_to = ?, fold_after = ?, floor = ?, row_bytes = ?, raw_bytes = ?, name_bytes = ?',
  );
  const idOf = db.prepare('SELECT id FROM metrics WHERE name = ?');
  const known = db.prepare('SELECT id, name, seen_at FROM metrics WHERE name IN (SELECT value FROM json_each(?))');
  const addNames = db.prepare('INSERT INTO metrics (name, seen_at) SELECT value, 0 FROM json_each(?)');
  const seen = db.prepare('UPDATE metrics SET seen_at = ? WHERE id = ?');
  const namesFrom = db.prepare('SELECT name FROM metrics WHERE name >= ? AND name < ? ORDER BY name LIMIT ?');
  const summariesAt = db.prepare('SELECT * FROM history WHERE at = ? AND metric IN (SELECT value FROM json_each(?))');
  const rawAt = db.prepare('SELECT * FROM history_raw WHERE at = ? AND metric IN (SELECT value FROM json_each(?))');
  const put = db.prepare(
    'INSERT OR REPLACE INTO history (at, metric, samples, mean, min, max) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const putRaw = db.prepare('INSERT OR REPLACE INTO history_raw (at, metric, samples) VALUES (?, ?, ?)');
  const summariesOf = db.prepare(bucketsBetween('history'));
  const rawOf = db.prepare(bucketsBetween('history_raw'));
  const allRaw = db.prepare(
    'SELECT name, at, samples FROM history_raw JOIN metrics ON metrics.id = metric WHERE at >= ? AND at <= ? ORDER BY at, metric',
  );
  const dropRows = prepareDrop(db, 'history', String(rowBytes));
  const dropRaw = prepareDrop(db, 'history_raw', '(LENGTH(samples) + 12) * 6 / 5');
  const lastName = db.prepare('SELECT MAX(id) AS id FROM (SELECT id FROM metrics WHERE id > ? ORDER BY id LIMIT ?)');
  const deadBytes = db.prepare(
    'SELECT COALESCE(SUM(2 * LENGTH(name) + 28), 0) AS bytes FROM metrics WHERE id > ? AND id <= ? AND seen_at < ?',
  );
  const dropDead = db.prepare('DELETE FROM metrics WHERE id > ? AND id <= ? AND seen_at < ?');
  return {
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
    idOf(name) {
      const id = idOf.all(name)[0]?.['id'];
      return id === undefined ? null : Number(id);
    },
    known: (names) =>
      new Map(
        known
          .all(JSON.stringify(names))
          .map((row) => [String(row['name']), { id: Number(row['id']), seenAtS: Number(row['seen_at']) }]),
      ),
    addNames: (names) => addNames.run(JSON.stringify(names)),
    seen: (id, atS) => seen.run(atS, id),
    namesFrom: (prefix, most) => namesFrom.all(prefix, `${prefix}~`, most).map(({ name }) => String(name)),
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
    allRawBetween: (fromS, toS) =>
      allRaw
        .all(fromS, toS)
        .map((row) => ({ name: String(row['name']), atS: Number(row['at']), samples: bytesIn(row) })),
    dropRows,
    dropRaw,
    dropNames(after, most, beforeS) {
      const last = lastName.all(after, most)[0]?.['id'] ?? null;
      if (last === null) return null;
      const bytes = Number(deadBytes.all(after, last, beforeS)[0]?.['bytes']);
      if (bytes > 0) dropDead.run(after, last, beforeS);
      return { last: Number(last), bytes };
    },
  };
}

/** A number that the binding would take for the whole number right below it is handed over as text, of which SQLite makes a number again. */
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

/** Deletes the oldest rows of a table: `bytes` is the SQL of what a row takes. */
function prepareDrop(db: Database, table: string, bytes: string) {
  const oldest = db.prepare(
    `SELECT COUNT(*) AS rows, SUM(bytes) AS bytes FROM (SELECT ${bytes} AS bytes FROM ${table} WHERE at < ? ORDER BY at, metric LIMIT ?)`,
  );
  const keyOf = db.prepare(`SELECT at, metric FROM ${table} WHERE at < ? ORDER BY at, metric LIMIT 1 OFFSET ?`);
  const dropBefore = db.prepare(`DELETE FROM ${table} WHERE at < ?`);
  const dropWithin = db.prepare(`DELETE FROM ${table} WHERE at = ? AND metric <= ?`);
  return (beforeS: number, most: number): Deleted | null => {
    const [sums] = oldest.all(beforeS, most);
    const rows = Number(sums?.['rows']);
    const [key] = rows > 0 ? keyOf.all(beforeS, rows - 1) : [];
    if (!key) return null;
    const [lastAtS, metric] = [Number(key['at']), Number(key['metric'])];
    dropBefore.run(lastAtS);
    dropWithin.run(lastAtS, metric);
    return { rows, bytes: Number(sums?.['bytes']), lastAtS };
  };
}
