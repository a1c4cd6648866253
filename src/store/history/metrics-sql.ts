import type { Database } from '../../io/disk/database.ts';

/** A metric's row id, and a second from which on it was last seen within an hour. */
export type MetricRow = { readonly id: number; readonly seenAtS: number };

/** The statements on the table `metrics`. Every function throws what SQLite says. */
export type MetricsSql = {
  /** Null: the history does not have this metric. */
  idOf(name: string): number | null;
  /** Returns the rows of these metrics by name; metrics without a row are left out. */
  metricRows(names: readonly string[]): ReadonlyMap<string, MetricRow>;
  addNames(names: readonly string[]): void;
  /** Writes when a metric was last seen. */
  seen(id: number, atS: number): void;
  /**
   * Looks at the `most` metrics behind row id `after`, and deletes those last seen before a
   * second. Returns the id of the last one and how many bytes are freed. Null: there are no
   * metrics behind it.
   */
  dropNames(after: number, most: number, beforeS: number): { readonly last: number; readonly bytes: number } | null;
};

/** About how many bytes of the file a metric's row takes, measured. */
export const nameBytes = (name: string): number => 2 * name.length + 28;

/**
 * Seconds by which `seen_at` may lag behind a metric's last bucket, so that it is not written
 * each time.
 */
export const seenWithinS = 3600;

/** Prepares the statements for the metrics' numbers. Throws what SQLite says. */
export function prepareMetricsSql(db: Database): MetricsSql {
  const idOf = db.prepare('SELECT id FROM metrics WHERE name = ?');
  const rows = db.prepare('SELECT id, name, seen_at FROM metrics WHERE name IN (SELECT value FROM json_each(?))');
  const addNames = db.prepare('INSERT INTO metrics (name, seen_at) SELECT value, 0 FROM json_each(?)');
  const seen = db.prepare('UPDATE metrics SET seen_at = ? WHERE id = ?');
  const lastName = db.prepare('SELECT MAX(id) AS id FROM (SELECT id FROM metrics WHERE id > ? ORDER BY id LIMIT ?)');
  const unseenBytes = db.prepare(
    'SELECT COALESCE(SUM(2 * LENGTH(name) + 28), 0) AS bytes FROM metrics WHERE id > ? AND id <= ? AND seen_at < ?',
  );
  const dropUnseen = db.prepare('DELETE FROM metrics WHERE id > ? AND id <= ? AND seen_at < ?');
  return {
    idOf(name) {
      const id = idOf.all(name)[0]?.['id'];
      return id === undefined ? null : Number(id);
    },
    metricRows: (names) =>
      new Map(
        rows
          .all(JSON.stringify(names))
          .map((row) => [String(row['name']), { id: Number(row['id']), seenAtS: Number(row['seen_at']) }]),
      ),
    addNames: (names) => addNames.run(JSON.stringify(names)),
    seen: (id, atS) => seen.run(atS, id),
    dropNames(after, most, beforeS) {
      const last = lastName.all(after, most)[0]?.['id'] ?? null;
      if (last === null) return null;
      const bytes = Number(unseenBytes.all(after, last, beforeS)[0]?.['bytes']);
      if (bytes > 0) dropUnseen.run(after, last, beforeS);
      return { last: Number(last), bytes };
    },
  };
}
