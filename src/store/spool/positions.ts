/** The sinks' positions in the file (its table `places`): read, begun and given up. */
import type { Database } from '../../io/disk/database.ts';

/**
 * A sink as the spool knows it: its name, and for how many seconds its position is kept while the
 * agent runs without it.
 */
export type SpooledSink = { readonly name: string; readonly keptForS: number };

/**
 * How far a sink has come: the last block that it has passed, and how many samples it has lost to
 * the spool's bound, or to damage, since it has a position.
 */
export type SinkPosition = { block: number; lost: number };

/** All positions as the file has them. */
export type SinkPositions = {
  /** Of the sinks that the agent runs with. */
  readonly present: ReadonlyMap<string, SinkPosition>;
  /** Whether sinks that the agent runs without have positions, too. */
  readonly hasAbsent: boolean;
  /** The last block that any sink has passed. */
  readonly newest: number;
};

/**
 * An absent sink whose position was given up: how many samples waited for it, for how many
 * seconds it was to be kept, and for how many the agent has run without it.
 */
export type ForgottenSink = {
  readonly sink: string;
  readonly samples: number;
  readonly keptForS: number;
  readonly absentS: number;
};

/**
 * Reads the positions and gives new sinks theirs, behind block `newest`, inside the caller's
 * transaction. From then on all other sinks in the file are absent, since `passedS` (a second of
 * `PassedTime`). Throws what SQLite says.
 */
export function takePositions(
  db: Database,
  sinks: readonly SpooledSink[],
  newest: number,
  passedS: number,
): SinkPositions {
  const present = new Map<string, SinkPosition>();
  const names = JSON.stringify(sinks.map(({ name }) => name));
  const furthest = Math.max(
    newest,
    Number(db.prepare('SELECT COALESCE(MAX(block), 0) AS block FROM places').all()[0]?.['block']),
  );
  let hasAbsent = false;
  db.prepare(
    'UPDATE places SET absent_since = COALESCE(absent_since, ?) WHERE sink NOT IN (SELECT value FROM json_each(?))',
  ).run(passedS, names);
  const begin = db.prepare(
    `INSERT INTO places (sink, block, kept_for) VALUES (?, ?, ?)
     ON CONFLICT (sink) DO UPDATE SET kept_for = excluded.kept_for, absent_since = NULL`,
  );
  for (const { name, keptForS } of sinks) begin.run(name, furthest, keptForS);
  for (const { sink, block, lost, absent_since } of db.prepare('SELECT * FROM places').all()) {
    if (absent_since === null) present.set(String(sink), { block: Number(block), lost: Number(lost) });
    else hasAbsent = true;
  }
  return { present, hasAbsent, newest: furthest };
}

/** Does what `takePositions` does, in a transaction of its own. */
export function openPositions(
  db: Database,
  sinks: readonly SpooledSink[],
  newest: number,
  passedS: number,
): SinkPositions {
  let positions: SinkPositions = { present: new Map(), hasAbsent: false, newest };
  db.transaction(() => {
    positions = takePositions(db, sinks, newest, passedS);
  });
  return positions;
}

/**
 * Deletes the positions of sinks that have been absent for as long as they are kept, inside the
 * caller's transaction. Returns these sinks, and whether other absent ones are left. Throws what
 * SQLite says.
 */
export function forgetAbsent(
  db: Database,
  passedS: number,
): { readonly forgotten: readonly ForgottenSink[]; readonly hasAbsent: boolean } {
  const absent = db
    .prepare('SELECT sink, block, absent_since, kept_for FROM places WHERE absent_since IS NOT NULL')
    .all();
  const expired = absent.filter((row) => Number(row['absent_since']) + Number(row['kept_for']) <= passedS);
  const forgotten = expired.map((row) => {
    const samples = db
      .prepare('SELECT COALESCE(SUM(samples), 0) AS samples FROM blocks WHERE id > ?')
      .all(row['block'] ?? 0)[0]?.['samples'];
    for (const table of ['places', 'counters'])
      db.prepare(`DELETE FROM ${table} WHERE sink = ?`).run(row['sink'] ?? '');
    return {
      sink: String(row['sink']),
      samples: Number(samples),
      keptForS: Number(row['kept_for']),
      absentS: passedS - Number(row['absent_since']),
    };
  });
  return { forgotten, hasAbsent: absent.length > expired.length };
}
