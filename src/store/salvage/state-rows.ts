/** The small tables of a damaged database: positions, counters, last runs and runs in flight. */
import type { Database } from '../../io/disk/database.ts';
import type { KeyedRow } from './find-rows.ts';
import type { RecordValue } from './records.ts';
import type { SalvageScope } from './scope.ts';

/**
 * Writes the rows that the agent does not know. Of two versions of a row, the newer one counts.
 * Returns the lowest position of a sink: only blocks behind it are wanted. Throws what SQLite says.
 */
export function putStateRows(db: Database, rows: readonly KeyedRow[], scope: SalvageScope): number {
  const places = newestByKey(rows.filter((row) => row.length === 5));
  const isStart = scope.kind === 'start';
  const kept = isStart ? places : places.filter(([, , , , absentSince]) => absentSince !== null);
  const ofSinks =
    isStart && places.length === 0 ? scope.sinks.map(({ name, keptForS }) => [name, 0, keptForS, 0, null]) : kept;
  // At a start, passed_time begins again.
  const since = (absentSince: RecordValue) => (isStart && absentSince !== null ? 0 : absentSince);
  put(
    db,
    'places (sink, block, kept_for, lost, absent_since)',
    ofSinks.map((row) => [...row.slice(0, 4), since(row[4] ?? null)]),
  );
  if (isStart) {
    const lastRuns = newestByKey(rows.filter((row) => row.length === 6));
    put(
      db,
      'last_runs (file, ended_at, status, output, output_bytes, absent_since)',
      lastRuns.map((row) => [...row.slice(0, 5), since(row[5] ?? null)]),
    );
    put(
      db,
      'in_flight (file, started_ms, pid, process_started_at)',
      newestByKey(rows.filter((row) => row.length === 4 && !isCounter(row))),
    );
    put(
      db,
      'counters (sink, metric, value, at)',
      rows.filter(isCounter).sort((a, b) => Number(a[3]) - Number(b[3])), // the newest version replaces others
    );
  }
  const known = scope.kind === 'running' ? scope.first : Number.POSITIVE_INFINITY;
  return Math.min(known, ...ofSinks.map(([, block]) => Number(block)));
}

function isCounter(row: KeyedRow): boolean {
  return row.length === 4 && typeof row[1] === 'string';
}

function put(db: Database, columns: string, rows: readonly KeyedRow[]): void {
  if (rows.length === 0) return;
  const marks = (rows[0] ?? []).map(() => '?').join(', ');
  const statement = db.prepare(`INSERT OR REPLACE INTO ${columns} VALUES (${marks})`);
  for (const row of rows) statement.run(...row);
}

/** The row of each key whose second value is the largest: the position, or a time. */
function newestByKey(rows: readonly KeyedRow[]): readonly KeyedRow[] {
  const byKey = new Map<string, KeyedRow>();
  for (const row of rows) {
    const former = byKey.get(String(row[0]));
    if (!former || Number(row[1]) >= Number(former[1])) byKey.set(String(row[0]), row);
  }
  return [...byKey.values()];
}
