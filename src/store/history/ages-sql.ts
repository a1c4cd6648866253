import type { Database } from '../../io/disk/database.ts';

/** The table of the ages, empty. Never edit these columns: append a step in `schema.ts`. */
export const agesTable = `
  CREATE TABLE history_ages (         -- how old each five minutes of the history are
    at INTEGER PRIMARY KEY,           -- when they begin, in unix seconds, by the samples
    written_at INTEGER NOT NULL       -- when they were over, or else first written, in seconds of passed_time
  );
`;

/**
 * The statements on the table `history_ages`. A bucket's age is counted in time that passed since
 * it was written, so that no wrong wall clock makes it old. Every function throws what SQLite says.
 */
export type AgesSql = {
  /**
   * Notes that something was written into a bucket. A former note stays, unless the bucket is
   * `isOpen`: not over yet, or dated ahead.
   */
  wrote(atS: number, passedS: number, isOpen: boolean): void;
  /** Returns the begin of the first bucket. Null: there is none. */
  firstBucket(): number | null;
  /** Returns the begin of the last bucket. Null: there is none. */
  lastBucket(): number | null;
  /** Returns the begin of the first bucket that was written after `passedS`; infinite: none was. */
  firstYoung(passedS: number): number;
  /** The same of the buckets that have samples. */
  firstYoungRaw(passedS: number): number;
  /**
   * Returns the begin of the first bucket from `fromS` on that is followed by no bucket that was
   * written after `passedS`.
   */
  oldFrom(fromS: number, passedS: number): number;
  /** Drops the ages of the buckets from one time to before another. */
  dropAges(fromS: number, beforeS: number): void;
};

/** Prepares the statements for the ages. Throws what SQLite says. */
export function prepareAgesSql(db: Database): AgesSql {
  const wrote = db.prepare('INSERT OR IGNORE INTO history_ages (at, written_at) VALUES (?, ?)');
  const wroteAgain = db.prepare('INSERT OR REPLACE INTO history_ages (at, written_at) VALUES (?, ?)');
  const first = db.prepare('SELECT MIN(at) AS at FROM history_ages');
  const last = db.prepare('SELECT MAX(at) AS at FROM history_ages');
  const young = db.prepare('SELECT at FROM history_ages WHERE written_at > ? ORDER BY at LIMIT 1');
  const youngRaw = db.prepare(
    `SELECT at FROM history_ages WHERE at >= (SELECT MIN(at) FROM history_raw) AND written_at > ?
     ORDER BY at LIMIT 1`,
  );
  const lastYoung = db.prepare('SELECT at FROM history_ages WHERE at >= ? AND written_at > ? ORDER BY at DESC LIMIT 1');
  const drop = db.prepare('DELETE FROM history_ages WHERE at >= ? AND at < ?');
  const bucketIn = (rows: ReturnType<typeof young.all>) => {
    const atS = rows[0]?.['at'] ?? null;
    return atS === null ? null : Number(atS);
  };
  const firstOf = (rows: ReturnType<typeof young.all>) => Number(rows[0]?.['at'] ?? Number.MAX_SAFE_INTEGER);
  return {
    wrote: (atS, passedS, isOpen) => (isOpen ? wroteAgain : wrote).run(atS, passedS),
    firstBucket: () => bucketIn(first.all()),
    lastBucket: () => bucketIn(last.all()),
    firstYoung: (passedS) => firstOf(young.all(passedS)),
    firstYoungRaw: (passedS) => firstOf(youngRaw.all(passedS)),
    oldFrom(fromS, passedS) {
      const atS = lastYoung.all(fromS, passedS)[0]?.['at'];
      return atS === undefined ? fromS : Number(atS) + 1;
    },
    dropAges: (fromS, beforeS) => drop.run(fromS, beforeS),
  };
}
