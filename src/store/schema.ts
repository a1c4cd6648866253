import type { Database } from '../io/disk/database.ts';

/** The tables of the history, empty. Not edited, as the steps below. */
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
  CREATE TABLE history_raw (          -- the same as sampled: a row holds all samples of its five minutes, or is not there
    at INTEGER NOT NULL,
    metric INTEGER NOT NULL,
    samples BLOB NOT NULL,            -- of each: the second behind "at" (2 bytes) and the value (8 bytes), little-endian
    PRIMARY KEY (at, metric)
  ) WITHOUT ROWID;
  CREATE TABLE metrics (              -- the metrics that the history knows
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    seen_at INTEGER NOT NULL          -- unix seconds; its last five minutes begin in the hour from then on
  );
  CREATE TABLE history_state (        -- one row
    block INTEGER,                    -- the last block of the spool that is in the history; null: no history is kept
    fold_to INTEGER,                  -- the blocks up to this one are being taken up; null: none are
    fold_after TEXT,                  -- they are in for the metrics up to this name
    floor INTEGER NOT NULL,           -- unix seconds; what lies before is gone, or about to go
    row_bytes INTEGER NOT NULL,       -- about how much room history, history_raw and metrics take
    raw_bytes INTEGER NOT NULL,
    name_bytes INTEGER NOT NULL
  );
  INSERT INTO history_state VALUES (NULL, NULL, NULL, 0, 0, 0, 0);
`;

/** The steps from an empty file to the present tables; the file's `user_version` counts those it has taken. New steps are appended, never edited. */
const steps: readonly string[] = [
  `
  CREATE TABLE last_runs (            -- what the next run of a plugin is told
    file TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,        -- unix seconds
    status INTEGER NOT NULL,
    output TEXT,                      -- the kept stdout's file name; null: it was empty
    output_bytes INTEGER NOT NULL,
    absent_since INTEGER              -- unix seconds since when there is no such script; null: it is there
  ) WITHOUT ROWID;
  CREATE TABLE in_flight (            -- runs that go on: a restarted agent does not double them
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
  CREATE TABLE places (               -- how far each sink has come: the last block that it accepted
    sink TEXT PRIMARY KEY,
    block INTEGER NOT NULL,
    kept_until INTEGER NOT NULL       -- unix seconds; an agent that runs without this sink keeps its place so long
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE sized_blocks (         -- the agent numbers them; a block's bytes stand before its lines, to be summed up without reading those
    id INTEGER PRIMARY KEY,
    samples INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    lines TEXT NOT NULL
  );
  INSERT INTO sized_blocks SELECT id, samples, LENGTH(lines), lines FROM blocks;
  DROP TABLE blocks;
  ALTER TABLE sized_blocks RENAME TO blocks;
  ALTER TABLE places ADD COLUMN lost INTEGER NOT NULL DEFAULT 0; -- samples that went to the spool's bound before this sink had them
  ALTER TABLE places RENAME COLUMN kept_until TO kept_for;       -- seconds; an agent that runs without this sink keeps its place so long
  UPDATE places SET kept_for = 604800;
  ALTER TABLE places ADD COLUMN absent_since INTEGER;            -- unix seconds; null: the agent runs with it
  `,
  historyTables,
];

/** Brings the file's tables up to date. Throws if a newer version of the agent has written it, or what SQLite says. */
export function migrate(db: Database): void {
  const version = Number(db.prepare('PRAGMA user_version').all()[0]?.['user_version'] ?? 0);
  if (version > steps.length) {
    throw new Error(
      `it was written by a newer version of the agent (format ${version}, this one knows ${steps.length}); install that version again`,
    );
  }
  steps.slice(version).forEach((step, index) => {
    db.transaction(() => {
      db.exec(step);
      db.exec(`PRAGMA user_version = ${version + index + 1}`);
    });
  });
}
