import type { Database } from '../../io/disk/database.ts';
import { type PluginFile, pluginFile } from '../../model/plugin.ts';
import type { LastRun } from '../../model/run.ts';

/**
 * A last run as its row holds it. `absentSinceS`: since when its script is missing, in seconds of
 * `PassedTime`; null: it is there.
 */
export type StoredLastRun = {
  readonly file: PluginFile;
  readonly lastRun: LastRun;
  readonly absentSinceS: number | null;
};

/** The statements on the table `last_runs`. Every function throws what SQLite says. */
export type LastRunsSql = {
  all(): readonly StoredLastRun[];
  /** Writes a row, over the former one of the same file. */
  upsert(row: StoredLastRun): void;
  remove(file: PluginFile): void;
};

/** Prepares the statements for the last runs. Throws what SQLite says. */
export function prepareLastRunsSql(db: Database): LastRunsSql {
  const all = db.prepare('SELECT * FROM last_runs');
  const upsert = db.prepare(
    `INSERT OR REPLACE INTO last_runs (file, ended_at, status, output, output_bytes, absent_since)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const remove = db.prepare('DELETE FROM last_runs WHERE file = ?');
  return {
    all: () =>
      all.all().map(({ file, ended_at, status, output, output_bytes, absent_since }) => ({
        file: pluginFile(String(file)),
        lastRun: {
          endedAtS: Number(ended_at),
          status: Number(status),
          output: output === null ? null : { name: String(output), sizeBytes: Number(output_bytes) },
        },
        absentSinceS: absent_since === null ? null : Number(absent_since),
      })),
    upsert({ file, lastRun: { endedAtS, status, output }, absentSinceS }) {
      upsert.run(file, endedAtS, status, output?.name ?? null, output?.sizeBytes ?? 0, absentSinceS);
    },
    remove: (file) => remove.run(file),
  };
}
