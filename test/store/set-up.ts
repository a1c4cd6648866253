import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../src/io/disk/database.ts';
import { systemFiles } from '../../src/io/disk/files.ts';
import { atOnce } from '../../src/io/walk.ts';
import { type PluginFile, pluginFile } from '../../src/model/plugin.ts';
import type { Stdout } from '../../src/model/run.ts';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { LatestValue } from '../../src/store/history/latest.ts';
import type { HistoryPoints } from '../../src/store/history/query.ts';
import type { HistoryBounds } from '../../src/store/history/storage.ts';
import type { HistoryView } from '../../src/store/history/view.ts';
import { openStateDirectory, type StateDirectory } from '../../src/store/state-directory.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { type EventLog, eventLog } from '../helpers/event-log.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

/** A store on a real file, with a clock of the test's own. */
export type TestStore = {
  readonly store: Store;
  /** The history, each of whose walks is made at once. */
  readonly history: {
    query(...asked: Parameters<HistoryView['query']>): HistoryPoints;
    metrics(): readonly LatestValue[];
  };
  readonly state: StateDirectory;
  /** The connection in use. */
  readonly db: () => Database;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly events: EventLog;
  /** How often samples were committed. */
  readonly commits: () => number;
  /** Closes it in order. */
  close(): void;
  /** Leaves everything as a killed process does. */
  crash(): void;
};

const noHistory: HistoryBounds = { keptForS: 0, maxSizeBytes: 0, keepsLatest: false };

let lives = 0; // each opening is a life of the agent

/**
 * Opens the state directory at `dir`; `through` may stand between the store and its database.
 * Throws the sentence that a user would get.
 */
export function openIn(
  dir: string,
  {
    sinks = ['a', 'b'],
    startMs = 1_700_000_000_000,
    maxSizeBytes = 256 * 1024 * 1024,
    through = (db: Database) => db,
    history = noHistory,
    bootId = 'boot-1' as string | null,
  } = {},
): TestStore {
  lives += 1;
  const opened = openStateDirectory(systemFiles, {
    stateDir: dir,
    tempDir: null,
    uid: process.getuid?.() ?? null,
    life: `life${lives}`,
    self: `${process.pid} now`,
    bootId,
  });
  if (!opened.ok) throw new Error(opened.error);
  const state = opened.value;
  const clock = fakeClock(startMs);
  const events = eventLog();
  let commits = 0;
  const onAppended = () => {
    commits += 1;
  };
  let db: Database | null = null;
  const database = {
    ...state.database,
    open() {
      db = through(state.database.open());
      return db;
    },
  };
  const store = openStore(
    { clock, database, outputs: state.outputs },
    {
      sinks: sinks.map((name) => ({ name, keptForS: name.startsWith('brief') ? 0 : 7 * 24 * 3600 })),
      maxSizeBytes,
      history,
      emit: events.emit,
      onAppended,
    },
  );
  const inUse = () => {
    if (db === null) throw new Error('no database was opened');
    return db;
  };
  return {
    store,
    history: {
      query: (...asked) => atOnce(store.history.query(...asked)),
      metrics: () => atOnce(store.history.metrics()),
    },
    state,
    db: inUse,
    clock,
    events,
    commits: () => commits,
    close() {
      store.close();
      state.release();
    },
    crash() {
      inUse().close();
      state.release();
    },
  };
}

/** Returns samples with these values. */
export function samplesOf(values: readonly number[]): Sample[] {
  return values.map((value) => ({ metric: metricName('h.p.m'), value, atS: unixSeconds(1_700_000_000) }));
}

/** Returns all that waits for a sink, batch after batch, without accepting any of it. */
export function valuesFor(store: Store, sink: string): number[] {
  return (store.view(sink).peek(1e9)?.samples ?? []).map(({ value }) => value);
}

/** An output that is small enough for memory. */
function bytes(text: string): Stdout {
  return { kind: 'bytes', bytes: Buffer.from(text) };
}

/** Takes a completed run. */
export function finish(
  store: Store,
  file: string,
  { status = 0, stdout = '', values = [] as readonly number[], endedAt = 1 } = {},
): void {
  store.finished({
    file: pluginFile(file),
    completed: { endedAtS: endedAt, status, stdout: bytes(stdout) },
    samples: samplesOf(values),
  });
}

/**
 * Reads the file on disk while it is not open elsewhere: whether it is intact, and where rows and
 * kept files do not agree.
 */
export function inspect(dir: string): {
  readonly integrity: unknown;
  readonly withoutFile: readonly string[];
  readonly withoutRow: readonly string[];
} {
  const db = openDatabase(join(dir, 'instrument_server.db'));
  const integrity = db.prepare('PRAGMA integrity_check').all()[0]?.['integrity_check'];
  const named = db
    .prepare('SELECT output FROM last_runs WHERE output IS NOT NULL')
    .all()
    .map(({ output }) => String(output));
  db.close();
  const kept = readdirSync(join(dir, 'outputs'));
  return {
    integrity,
    withoutFile: named.filter((name) => !kept.includes(name)),
    withoutRow: kept.filter((name) => !named.includes(name)),
  };
}

export const files = (...names: readonly string[]): ReadonlySet<PluginFile> => new Set(names.map(pluginFile));
