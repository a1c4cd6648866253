import type { Clock, Timer } from '../io/clock.ts';
import type { Database } from '../io/database.ts';
import type { KeptFiles } from '../io/files.ts';
import type { Emit } from '../model/event.ts';
import { type PluginFile, pluginFile } from '../model/plugin.ts';
import type { LastRun, RunInFlight, Stdout } from '../model/run.ts';
import { type Sample, type UnixSeconds, unixSeconds } from '../model/sample.ts';
import { openLastRuns } from './last-runs.ts';
import { openSpool, type SinkPlace, type SpoolView } from './spool.ts';

/** The agent's memory: one SQLite file and a folder of kept outputs. Samples and the state of the run they came from are committed together. */
export type Store = {
  lastRun(file: PluginFile): LastRun | null;
  /** The file that holds a last run's stdout; null: it was empty, or it is lost, which is told. */
  stdinPath(file: PluginFile): string | null;
  /** Takes a finished run; committed within 50 ms. `completed` null: the state for the next run stays. */
  finished(run: {
    readonly file: PluginFile;
    readonly completed: { readonly endedAtS: UnixSeconds; readonly status: number; readonly stdout: Stdout } | null;
    readonly samples: Iterable<Sample>;
  }): void;
  /** Takes samples of no run; committed within 50 ms. */
  append(samples: Iterable<Sample>): void;
  /** Records a run that goes on. */
  began(run: RunInFlight): void;
  /** The runs that a former agent recorded as going on. */
  recorded(): readonly RunInFlight[];
  /** Forgets a recorded run: it has ended. */
  ended(file: PluginFile): void;
  /** Which scripts there are now. */
  present(files: readonly PluginFile[]): void;
  view(sink: string): SpoolView;
  /** Commits what is pending now. */
  flush(): void;
  /** Commits for the last time; what can't be committed is lost, and that is told. */
  close(): void;
};

const commitDelayMs = 50;
const retryDelayMs = 1000;
const flushBytes = 4 * 1024 * 1024; // outputs wait for the commit in memory

/** Opens the store on a file whose tables are up to date. `onCommitted` comes after each commit that brought samples. Throws what SQLite says. */
export function openStore(
  edges: { readonly clock: Clock; readonly db: Database; readonly outputs: KeptFiles },
  options: { readonly sinks: readonly SinkPlace[]; readonly emit: Emit; readonly onCommitted: () => void },
): Store {
  const { clock, db, outputs } = edges;
  const { emit } = options;
  const lastRuns = openLastRuns(db, outputs);
  const spool = openSpool(db, options.sinks, unixSeconds(clock.nowMs() / 1000), failed);
  const insertInFlight = db.prepare('INSERT OR REPLACE INTO in_flight (file, started_ms, pid, process_started_at) VALUES (?, ?, ?, ?)');
  const deleteInFlight = db.prepare('DELETE FROM in_flight WHERE file = ?');
  const inFlight = new Map<PluginFile, RunInFlight>();
  for (const row of db.prepare('SELECT * FROM in_flight').all()) {
    const file = pluginFile(String(row['file']));
    const process = { pid: Number(row['pid']), startedAt: String(row['process_started_at']) };
    inFlight.set(file, { file, startedMs: Number(row['started_ms']), process });
  }
  const touched = new Set<PluginFile>(); // of inFlight, since the last commit
  let pending: Iterable<Sample>[] = [];
  let pendingBytes = 0;
  let timer: Timer | null = null;
  let hasFailed = false;
  let isClosed = false; // a script that outlives the agent's stop may still end: nothing is written then

  function soon(delayMs = commitDelayMs) {
    if (!isClosed) timer ??= clock.after(delayMs, flush);
  }

  function failed(error: unknown) {
    if (!hasFailed) emit({ event: 'store.failed', detail: error instanceof Error ? error.message : String(error) });
    hasFailed = true;
    soon(retryDelayMs);
  }

  function flush() {
    timer?.cancel();
    timer = null;
    const isClean = pending.length === 0 && touched.size === 0 && !lastRuns.isDirty() && !spool.isDirty();
    if (isClosed || (isClean && !hasFailed)) return;
    let samples = 0;
    try {
      db.transaction(() => {
        lastRuns.commit();
        for (const file of touched) {
          const run = inFlight.get(file);
          if (run) insertInFlight.run(file, run.startedMs, run.process.pid, run.process.startedAt);
          else deleteInFlight.run(file);
        }
        samples = spool.append(chained(pending));
      });
    } catch (error) {
      spool.rolledBack();
      return failed(error);
    }
    if (hasFailed) emit({ event: 'store.recovered' });
    hasFailed = false;
    spool.committed();
    lastRuns.committed();
    touched.clear();
    pending = [];
    pendingBytes = 0;
    if (samples > 0) options.onCommitted();
  }

  return {
    lastRun: lastRuns.get,
    stdinPath(file) {
      const output = lastRuns.get(file)?.output;
      if (!output) return null;
      if (outputs.sizeOf(output.name) === output.sizeBytes) return outputs.pathOf(output.name);
      emit({
        event: 'run.output-lost',
        plugin: file,
        detail: `${outputs.pathOf(output.name)} is gone or has another size; the next run reads nothing`,
      });
      return null;
    },
    finished({ file, completed, samples }) {
      if (isClosed) return;
      if (completed) keep(file, completed);
      if (inFlight.delete(file)) touched.add(file);
      pending.push(samples);
      if (completed?.stdout.kind === 'bytes') pendingBytes += completed.stdout.bytes.length;
      if (pendingBytes > flushBytes && !hasFailed) flush();
      else soon();
    },
    append(samples) {
      pending.push(samples);
      soon();
    },
    began(run) {
      inFlight.set(run.file, run);
      touched.add(run.file);
      soon();
    },
    recorded: () => [...inFlight.values()],
    ended(file) {
      if (!inFlight.delete(file)) return;
      touched.add(file);
      soon();
    },
    present(files) {
      lastRuns.present(files, unixSeconds(clock.nowMs() / 1000));
      if (lastRuns.isDirty()) soon();
    },
    view: spool.view,
    flush,
    close() {
      flush();
      let samples = 0;
      for (const _ of chained(pending)) samples += 1;
      if (samples > 0) emit({ event: 'store.lost', samples });
      isClosed = true;
      timer?.cancel();
      db.close();
    },
  };

  /** A stdout that can't be kept costs the next run its stdin, not this one its samples. */
  function keep(file: PluginFile, completed: { endedAtS: UnixSeconds; status: number; stdout: Stdout }) {
    try {
      lastRuns.set(file, completed);
    } catch (error) {
      emit({ event: 'run.output-lost', plugin: file, detail: error instanceof Error ? error.message : String(error) });
      lastRuns.set(file, { ...completed, stdout: { kind: 'bytes', bytes: new Uint8Array() } });
    }
  }
}

function* chained(parts: readonly Iterable<Sample>[]): Generator<Sample, void, undefined> {
  for (const part of parts) yield* part;
}
