import type { Database } from '../io/disk/database.ts';
import { agesTable } from './history/ages-sql.ts';

/** The tables of the history, empty. Never edit these columns: append a step below. */
export const historyTables = `
  CREATE TABLE history (              -- five minutes of a metric
    at INTEGER NOT NULL,              -- when they begin, in unix seconds
    metric INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    mean REAL NOT NULL,
    min REAL NOT NULL,
    max REAL NOT NULL,
    PRIMARY KEY (at, metric)
  ) WITHOUT ROWID;
  CREATE TABLE history_raw (          -- the same as sampled: a row holds all samples of its five minutes
    at INTEGER NOT NULL,
    metric INTEGER NOT NULL,
    samples BLOB NOT NULL,            -- each: seconds since "at" (2 bytes), the value (8 bytes); little-endian
    PRIMARY KEY (at, metric)
  ) WITHOUT ROWID;
  CREATE TABLE metrics (              -- the metrics in the history
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    seen_at INTEGER NOT NULL          -- unix seconds; its last five minutes begin in the hour from then on
  );
  CREATE TABLE history_state (        -- one row
    block INTEGER,                    -- the last block of the spool that is in it; null: no history is kept
    fold_to INTEGER,                  -- the blocks up to this one are being written; null: none are
    fold_after TEXT,                  -- they are written for the metrics up to this name
    floor INTEGER NOT NULL,           -- unix seconds; what is older is removed, or about to be
    row_bytes INTEGER NOT NULL,       -- about how many bytes history, history_raw and metrics take
    raw_bytes INTEGER NOT NULL,
    name_bytes INTEGER NOT NULL
  );
  INSERT INTO history_state VALUES (NULL, NULL, NULL, 0, 0, 0, 0);
`;

/**
 * The steps from an empty file to the present tables. The file's `user_version` counts the steps
 * that it has taken. New steps are appended; what a step does is never edited.
 */
const steps: readonly string[] = [
  `
  CREATE TABLE last_runs (            -- what the next run of a plugin gets
    file TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,        -- unix seconds, with a fraction: SQLite keeps a REAL here
    status INTEGER NOT NULL,
    output TEXT,                      -- the kept stdout's file name; null: it was empty
    output_bytes INTEGER NOT NULL,
    absent_since INTEGER              -- unix seconds: there is no such script since then; null: there is
  ) WITHOUT ROWID;
  CREATE TABLE in_flight (            -- running plugins: a restarted agent does not start them twice
    file TEXT PRIMARY KEY,
    started_ms INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    process_started_at TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE blocks (               -- the spool: samples committed together, oldest first
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    samples INTEGER NOT NULL,
    lines TEXT NOT NULL               -- one "METRIC VALUE UNIX_SECONDS" a line
  );
  CREATE TABLE places (               -- each sink's position: the last block that it accepted
    sink TEXT PRIMARY KEY,
    block INTEGER NOT NULL,
    kept_until INTEGER NOT NULL       -- unix seconds; an agent without this sink keeps its position until then
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE sized_blocks (
    id INTEGER PRIMARY KEY,           -- given by the agent
    samples INTEGER NOT NULL,
    bytes INTEGER NOT NULL,           -- of lines, and before them: the sum of bytes needs no read of lines
    lines TEXT NOT NULL
  );
  INSERT INTO sized_blocks SELECT id, samples, LENGTH(lines), lines FROM blocks;
  DROP TABLE blocks;
  ALTER TABLE sized_blocks RENAME TO blocks;
  -- samples that were dropped, or damaged, before this sink had them
  ALTER TABLE places ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
  -- seconds for which an agent without this sink keeps its position
  ALTER TABLE places RENAME COLUMN kept_until TO kept_for;
  UPDATE places SET kept_for = 604800;
  -- unix seconds; null: the agent runs with this sink
  ALTER TABLE places ADD COLUMN absent_since INTEGER;
  `,
  historyTables,
  `
  CREATE TABLE passed_time (          -- one row
    seconds INTEGER NOT NULL          -- how long agents have worked with this file
  );
  INSERT INTO passed_time VALUES (0);
  UPDATE last_runs SET absent_since = 0 WHERE absent_since IS NOT NULL; -- seconds of passed_time from now on
  UPDATE places SET absent_since = 0 WHERE absent_since IS NOT NULL;    -- alike
  ${agesTable}
  -- what is there has been written every five minutes until now
  INSERT INTO history_ages
    WITH RECURSIVE bucket (at) AS (
      SELECT MIN(at) FROM history
      UNION ALL
      SELECT (SELECT MIN(at) FROM history WHERE at > bucket.at) FROM bucket WHERE bucket.at IS NOT NULL
    )
    SELECT at, 300 * (ROW_NUMBER() OVER (ORDER BY at) - COUNT(*) OVER ()) FROM bucket WHERE at IS NOT NULL;
  `,
  `
  CREATE TABLE life (                 -- one row: the agent that works with this file, or the last that did
    database TEXT NOT NULL,           -- this file's own name
    number INTEGER NOT NULL,          -- agents are counted; 0: none has worked with it
    commits INTEGER NOT NULL,         -- made in it so far
    is_ended INTEGER,                 -- 1: it ended in order; null: not known
    boot_id TEXT,                     -- of the host's start; null: not known
    committed_ms INTEGER              -- unix time of the last commit, in ms; null: not known
  );
  INSERT INTO life
    SELECT LOWER(HEX(RANDOMBLOB(8))), EXISTS (SELECT 1 FROM places) OR EXISTS (SELECT 1 FROM last_runs)
      OR EXISTS (SELECT 1 FROM passed_time WHERE seconds > 0), 0, NULL, NULL, NULL;
  `,
  // So that a start counts what waits without reading all of it.
  'CREATE INDEX block_sizes ON blocks (id, samples, bytes)',
  `
  CREATE TABLE counters (             -- what a sink got last of each counter, if it gets their increases
    sink TEXT NOT NULL,
    metric TEXT NOT NULL,
    value REAL NOT NULL,
    at INTEGER NOT NULL,              -- unix seconds
    PRIMARY KEY (sink, metric)
  ) WITHOUT ROWID;
  CREATE TABLE marks (                -- what the charts are marked with
    id INTEGER PRIMARY KEY,           -- given by the agent
    at INTEGER NOT NULL,              -- unix seconds
    duration INTEGER NOT NULL,        -- seconds
    kind TEXT NOT NULL,
    plugin TEXT,                      -- its file; null: the agent
    text TEXT NOT NULL,
    is_owed INTEGER NOT NULL          -- 1: the collector is to get it and has not accepted it
  );
  `,
];

class NewerVersion extends Error {}

/** Whether `migrate` has thrown an error because a newer version has written the file. */
export function isOfNewerVersion(error: unknown): boolean {
  return error instanceof NewerVersion;
}

/**
 * Brings the file's tables up to date. Throws what SQLite says, or an error if a newer version of
 * the agent has written the file.
 */
export function migrate(db: Database): void {
  const version = Number(db.prepare('PRAGMA user_version').all()[0]?.['user_version'] ?? 0);
  if (version > steps.length) {
    const formats = `format ${version}, this one knows ${steps.length}`;
    throw new NewerVersion(`it was written by a newer version of the agent (${formats}); install that version again`);
  }
  steps.slice(version).forEach((step, index) => {
    db.transaction(() => {
      db.exec(step);
      db.exec(`PRAGMA user_version = ${version + index + 1}`);
    });
  });
}
