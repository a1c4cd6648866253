import type { Clock } from '../io/clock.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import { atOnce } from '../io/walk.ts';
import type { Emit } from '../model/event.ts';
import type { FoundLife, FoundSamples } from '../model/found.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { CompletedRun, FinishedRun, LastRun, RecordedRun } from '../model/run.ts';
import type { Sample } from '../model/sample.ts';
import type { SpoolView } from '../model/spool.ts';
import type { Walk } from '../model/walk.ts';
import { Commits } from './commits.ts';
import type { HistoryBounds } from './history/storage.ts';
import type { HistoryView } from './history/view.ts';
import { createLossReporter, type LossReporter } from './loss-reporter.ts';
import type { MarkStore } from './marks.ts';
import { type DamageReports, openOrSetAside, type StateDatabase, type TablesOptions } from './parts.ts';
import { createPendingSamples } from './pending.ts';
import type { LastRuns } from './runs/last-runs.ts';
import type { SpooledSink } from './spool/positions.ts';
import { StoreTables } from './tables.ts';

/**
 * The agent's memory: one SQLite file and a folder of kept outputs. Samples and the last-run
 * state of the run that they come from are committed together.
 */
export type Store = {
  lastRun(file: PluginFile): LastRun | null;
  /**
   * Returns the file that holds the stdout of a plugin's last run. Null: it was empty, or it is
   * lost, which is logged.
   */
  stdinPath(file: PluginFile): string | null;
  /** Takes a finished run, to be committed within 50 ms. */
  finished(run: FinishedRun): void;
  /** Takes samples that come from no run, to be committed within 50 ms. */
  append(samples: Iterable<Sample>): void;
  /** Records a run that has begun. */
  began(run: RecordedRun): void;
  /** Returns the runs that a former agent recorded and that had not ended when it did. */
  recorded(): readonly RecordedRun[];
  /** Removes the record of a run that has ended. */
  ended(file: PluginFile): void;
  /** Takes which scripts there are now. */
  present(files: ReadonlySet<PluginFile>): void;
  /** One sink's position in the spool, and what waits for it. */
  view(sink: string): SpoolView;
  /** What the former agent left, as it was when the store was opened. */
  readonly found: FoundLife;
  /** What waits for a sink now. Never throws. */
  waiting(sink: string): FoundSamples;
  /** How many plugins have a last output that is kept. Looks at each of them. */
  keptOutputs(): number;
  /** The marks of the charts. Changes are committed within 50 ms. */
  readonly marks: MarkStore;
  /** What was sampled, for the page and for `/metrics`. */
  readonly history: HistoryView;
  /**
   * Changes the sinks that have positions. Samples that a removed sink has not accepted are kept
   * as if the agent had started without it.
   */
  setSinks(sinks: readonly SpooledSink[]): void;
  /**
   * Moves to a new file with all that waits, because the one in use was removed or replaced.
   * Resolves to null, or to what kept it from being done. Never rejects.
   */
  move(): Promise<string | null>;
  /** Commits now what is pending; of much, the first part. The rest follows soon. */
  commit(): void;
  /** Commits now all that is pending, in one step. */
  flush(): void;
  /** Does the same, a part with each step. */
  flushWalk(): Walk<void>;
  /** Commits for the last time. What can't be committed is lost, which is logged. */
  close(): void;
};

/**
 * What the store needs beside its files. Bounds are read at each use, so that a reload can change
 * them.
 */
export type StoreOptions = {
  readonly sinks: readonly SpooledSink[];
  /** How many bytes of samples may wait on disk. Read in each commit. */
  readonly maxSizeBytes: number;
  /** How much history is kept. Read at each use. Undefined: none. */
  readonly history?: HistoryBounds;
  readonly emit: Emit;
  /** Called when there are new samples for the sinks. */
  readonly onAppended: () => void;
};

const maxHeldBytes = 16 * 1024 * 1024; // of samples, while the disk takes nothing
const mostBehind = 200_000; // samples that wait for the history only
const sampleBytes = 64; // about what one takes in the spool
const noHistory: HistoryBounds = { keptForS: 0, maxSizeBytes: 0, keepsLatest: false };

type StoreFiles = { readonly clock: Clock; readonly database: StateDatabase; readonly outputs: OutputFiles };

/** Does all of `storeWalk` at once. */
export function openStore(files: StoreFiles, options: StoreOptions): Store {
  return atOnce(storeWalk(files, options));
}

/**
 * Opens the store, at once. Only a damaged database takes several steps: it is salvaged and set
 * aside first. Throws what SQLite says of anything else.
 */
export function* storeWalk({ clock, database, outputs }: StoreFiles, options: StoreOptions): Walk<Store> {
  const { sinks, emit, onAppended } = options;
  const losses = createLossReporter(clock, emit);
  const tablesOptions: TablesOptions = {
    clock,
    database,
    outputs,
    spool: {
      sinks,
      get maxBytes() {
        return options.maxSizeBytes;
      },
      maxHeldBytes,
      isFollowed: () => tables.history.isKept(),
      onFailed: (error) => commits.failed(error),
      onUnread: (error) => commits.readFailed(error),
      losses,
    },
    history: {
      clock,
      emit,
      bounds: () => options.history ?? noHistory,
      mostBehind: () => Math.min(mostBehind, options.maxSizeBytes / 4 / sampleBytes),
    },
    reports: damageReports(emit),
  };
  const tables: StoreTables = new StoreTables(tablesOptions, yield* openOrSetAside(tablesOptions));
  const { lastRuns, marks, passed, recordedRuns, spool, history } = tables;
  const pending = createPendingSamples(outputs, losses.outputLost);
  const commits = new Commits({ clock, emit, tables, pending, onAppended });

  return {
    lastRun: (file) => lastRuns.get(file),
    stdinPath: (file) => stdinPathOf(file, outputs, lastRuns, losses),
    finished({ file, completed, samples }) {
      if (commits.isClosed()) return;
      if (completed) keepLastRun(file, completed, lastRuns, losses);
      recordedRuns.ended(file);
      pending.add(file, completed?.stdout ?? null, samples);
      commits.added();
    },
    append(samples) {
      pending.add(null, null, samples);
      commits.soon();
    },
    began(run) {
      recordedRuns.began(run);
      commits.soon();
    },
    recorded: () => recordedRuns.all(),
    ended(file) {
      recordedRuns.ended(file);
      if (recordedRuns.isDirty()) commits.soon();
    },
    present(files) {
      losses.present(files);
      lastRuns.present(files, passed.seconds());
      if (lastRuns.isDirty()) commits.soon();
    },
    view: (sink) => spool.view(sink),
    found: tables.life.found,
    waiting: (sink) => spool.found(sink),
    keptOutputs: () => lastRuns.kept(),
    marks: marks.changedBy(() => commits.soon()),
    history: history.view,
    setSinks(next) {
      spool.setSinks(next);
      commits.sinksChanged();
    },
    move: () => commits.move(),
    commit: () => commits.commit(),
    flush: () => atOnce(commits.flushWalk()),
    flushWalk: () => commits.flushWalk(),
    close: () => commits.close(),
  };
}

function damageReports(emit: Emit): DamageReports {
  return {
    setAside: (path, samples, detail) => emit({ event: 'store.set-aside', path, samples, detail }),
    salvaged(path, { samples, lost }) {
      if (samples > 0 || lost > 0) emit({ event: 'store.salvaged', path, samples, lost });
    },
  };
}

/**
 * Returns the file for the next run's stdin. Null: the last run printed nothing, or its output is
 * lost.
 */
function stdinPathOf(file: PluginFile, outputs: OutputFiles, lastRuns: LastRuns, losses: LossReporter): string | null {
  const output = lastRuns.get(file)?.output;
  if (!output) return null;
  const path = outputs.pathOf(output.name);
  if (outputs.sizeOf(output.name) === output.sizeBytes) return path;
  lastRuns.lost(file);
  losses.outputLost(file, `${path} is gone or has another size; the next run reads nothing`);
  return null;
}

/**
 * Keeps a last run. If its stdout can't be kept, the next run reads nothing; this run's samples
 * are safe.
 */
function keepLastRun(file: PluginFile, completed: CompletedRun, lastRuns: LastRuns, losses: LossReporter): void {
  try {
    lastRuns.set(file, completed);
    losses.outputKept(file);
  } catch (error) {
    losses.outputLost(file, messageOf(error));
    lastRuns.set(file, { ...completed, stdout: { kind: 'bytes', bytes: new Uint8Array() } });
  }
}
