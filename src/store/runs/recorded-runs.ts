import type { Database } from '../../io/disk/database.ts';
import { type PluginFile, pluginFile } from '../../model/plugin.ts';
import type { RecordedRun } from '../../model/run.ts';

/**
 * Plugin runs in flight, on disk, so that a restarted agent does not start a second run beside
 * one that is still running. Memory is ahead of the file by at most one commit.
 */
export type RecordedRuns = {
  all(): readonly RecordedRun[];
  began(run: RecordedRun): void;
  ended(file: PluginFile): void;
  /** True: `commit` has something to write. */
  isDirty(): boolean;
  /** Writes what changed, inside the caller's transaction. Throws what SQLite says. */
  commit(): void;
  /** Notes that what `commit` wrote is committed. */
  committed(): void;
  /** Continues with an empty file: the next commit writes everything. Throws what SQLite says. */
  startAfresh(db: Database): void;
};

/** Reads all rows. Throws what SQLite says. */
export function openRecordedRuns(db: Database): RecordedRuns {
  let sql = prepare(db);
  const runs = new Map(readRecordedRuns(db).map((run) => [run.file, run]));
  const dirty = new Set<PluginFile>();
  return {
    all: () => [...runs.values()],
    began(run) {
      runs.set(run.file, run);
      dirty.add(run.file);
    },
    ended(file) {
      if (runs.delete(file)) dirty.add(file);
    },
    isDirty: () => dirty.size > 0,
    commit() {
      for (const file of dirty) {
        const run = runs.get(file);
        if (run) sql.insert.run(file, run.startedMs, run.process.pid, run.process.startedAt);
        else sql.remove.run(file);
      }
    },
    committed: () => dirty.clear(),
    startAfresh(fresh) {
      sql = prepare(fresh);
      for (const file of runs.keys()) dirty.add(file);
    },
  };
}

/** Returns all recorded runs. Throws what SQLite says. */
export function readRecordedRuns(db: Pick<Database, 'prepare'>): readonly RecordedRun[] {
  return db
    .prepare('SELECT * FROM in_flight')
    .all()
    .map((row) => ({
      file: pluginFile(String(row['file'])),
      startedMs: Number(row['started_ms']),
      process: { pid: Number(row['pid']), startedAt: String(row['process_started_at']) },
    }));
}

function prepare(db: Database) {
  return {
    insert: db.prepare(
      'INSERT OR REPLACE INTO in_flight (file, started_ms, pid, process_started_at) VALUES (?, ?, ?, ?)',
    ),
    remove: db.prepare('DELETE FROM in_flight WHERE file = ?'),
  };
}
