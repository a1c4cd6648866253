import type { Clock, Timer } from '../io/clock.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { Emit } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { LastRun, RecordedRun, Stdout } from '../model/run.ts';
import { type Sample, type UnixSeconds, unixSeconds } from '../model/sample.ts';
import type { SpoolView } from '../model/spool.ts';
import type { HistoryBounds } from './history/core.ts';
import type { HistoryView } from './history/history.ts';
import { createLossTeller } from './spool/losses.ts';
import { createPending } from './spool/pending.ts';
import type { SpooledSink } from './spool/positions.ts';
import { openTables, type StateDatabase } from './tables.ts';
import { createStoreTrouble } from './trouble.ts';

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
  began(run: RecordedRun): void;
  /** The runs that a former agent recorded as going on. */
  recorded(): readonly RecordedRun[];
  /** Forgets a recorded run: it has ended. */
  ended(file: PluginFile): void;
  /** Which scripts there are now. */
  present(files: readonly PluginFile[]): void;
  view(sink: string): SpoolView;
  /** What was sampled, for who looks at it. */
  readonly history: HistoryView;
  /** From now on these sinks have places; what others have not accepted is kept for them as at a start without them. */
  setSinks(sinks: readonly SpooledSink[]): void;
  /** Commits what is pending now. */
  flush(): void;
  /** Commits for the last time; what can't be committed is lost, and that is told. */
  close(): void;
};

export type StoreOptions = {
  readonly sinks: readonly SpooledSink[];
  /** How much of samples may wait on disk, in bytes. Looked at in each commit. */
  readonly maxSizeBytes: number;
  /** How much history is kept; looked at each time. Undefined: none. */
  readonly history?: HistoryBounds;
  readonly emit: Emit;
  /** There are new samples for the sinks. */
  readonly onAppended: () => void;
};

const commitDelayMs = 50;
const retryDelayMs = 1000;
const flushBytes = 4 * 1024 * 1024; // outputs wait for the commit in memory
const maxHeldBytes = 16 * 1024 * 1024; // of samples, while the disk takes nothing

const mostBehind = 200_000; // samples that wait for the history only
const sampleBytes = 64; // about what one takes in the spool
const noHistory: HistoryBounds = { keptForS: 0, maxSizeBytes: 0, keepsLatest: false };

/** Opens the store; a damaged database is set aside. Throws what else SQLite says. */
export function openStore(
  {
    clock,
    database,
    outputs,
  }: { readonly clock: Clock; readonly database: StateDatabase; readonly outputs: OutputFiles },
  options: StoreOptions,
): Store {
  const { sinks, emit, onAppended } = options;
  const losses = createLossTeller(clock, emit);
  const nowS = () => unixSeconds(clock.nowMs() / 1000);
  const spoolOptions = {
    sinks,
    get maxBytes() {
      return options.maxSizeBytes;
    },
    maxHeldBytes,
    nowS,
    isFollowed: () => tables.history.isKept(),
    onFailed: failed,
    onUnread: readFailed,
    losses,
  };
  const historyOptions = {
    clock,
    emit,
    bounds: () => options.history ?? noHistory,
    mostBehind: () => Math.min(mostBehind, options.maxSizeBytes / 4 / sampleBytes),
  };
  const tables = openTables(database, outputs, spoolOptions, historyOptions, (path, samples, detail) =>
    emit({ event: 'store.set-aside', path, samples, detail }),
  );
  const { lastRuns, recordedRuns, spool, history } = tables;
  const pending = createPending(outputs, losses.outputLost);
  const trouble = createStoreTrouble(clock, emit, { startAfresh: tables.startAfresh, canRead: spool.canRead });
  let timer: Timer | null = null;
  let hasNewSinks = false;
  let isClosed = false; // a script that outlives the agent's stop may still end: nothing is written then

  function soon(delayMs = commitDelayMs) {
    if (!isClosed) timer ??= clock.after(delayMs, flush);
  }

  function failed(error: unknown) {
    trouble.failed(error);
    retry();
  }

  function readFailed(error: unknown) {
    trouble.readFailed(error);
    retry();
  }

  function retry() {
    soon(trouble.isDamaged() ? 0 : retryDelayMs);
  }

  /** What the disk does not take now waits in memory, where the sinks find it. */
  function hold() {
    const before = spool.held();
    pending.hold((samples) => spool.hold(history.noting(samples)));
    if (!pending.needsOutputs()) lastRuns.removeFormer();
    if (spool.held() > before) onAppended();
  }

  function flush() {
    timer?.cancel();
    timer = null;
    if (isClosed) return;
    const damage = history.damage();
    if (damage !== null && !spool.isWanted()) trouble.damaged(damage); // another file costs no sink anything
    if (!trouble.mend()) {
      hold();
      return soon(retryDelayMs);
    }
    const isClean = pending.isEmpty() && !recordedRuns.isDirty() && !lastRuns.isDirty() && !spool.isDirty();
    if (isClean && !trouble.isThere()) return;
    let samples = 0;
    try {
      tables.transaction(() => {
        lastRuns.commit();
        recordedRuns.commit();
        samples = spool.append(history.noting(pending.read()));
      });
    } catch (error) {
      failed(error);
      return hold();
    }
    for (const part of [spool, lastRuns, recordedRuns, pending]) part.committed();
    if (!pending.needsOutputs()) lastRuns.removeFormer();
    history.committed(samples);
    const hasRecovered = trouble.endsNow();
    if (trouble.isThere() || !pending.isEmpty()) soon(retryDelayMs);
    else if (spool.isDirty()) soon();
    const isNews = samples > 0 || hasRecovered || hasNewSinks;
    hasNewSinks = false;
    if (isNews) onAppended(); // last: what the sinks do may fail again
  }

  return {
    lastRun: (file) => lastRuns.get(file),
    stdinPath(file) {
      const output = lastRuns.get(file)?.output;
      if (!output) return null;
      if (outputs.sizeOf(output.name) === output.sizeBytes) return outputs.pathOf(output.name);
      lastRuns.lost(file);
      losses.outputLost(file, `${outputs.pathOf(output.name)} is gone or has another size; the next run reads nothing`);
      return null;
    },
    finished({ file, completed, samples }) {
      if (isClosed) return;
      if (completed) keep(file, completed);
      recordedRuns.ended(file);
      pending.add(file, completed?.stdout ?? null, samples);
      if (pending.bytes() <= flushBytes) soon();
      else if (trouble.isThere()) hold();
      else flush();
    },
    append(samples) {
      pending.add(null, null, samples);
      soon();
    },
    began(run) {
      recordedRuns.began(run);
      soon();
    },
    recorded: () => recordedRuns.all(),
    ended(file) {
      recordedRuns.ended(file);
      if (recordedRuns.isDirty()) soon();
    },
    present(files) {
      losses.present(files);
      lastRuns.present(files, nowS());
      if (lastRuns.isDirty()) soon();
    },
    view: (sink) => spool.view(sink),
    history: history.view,
    setSinks(next) {
      spool.setSinks(next);
      hasNewSinks = true;
      flush();
    },
    flush,
    close() {
      flush();
      if (trouble.isDamaged()) flush(); // now that it is known
      const samples = spool.held() + pending.count();
      if (samples > 0) emit({ event: 'store.lost', samples });
      isClosed = true;
      timer?.cancel();
      tables.close();
    },
  };

  /** A stdout that can't be kept costs the next run its stdin, not this one its samples. */
  function keep(file: PluginFile, completed: { endedAtS: UnixSeconds; status: number; stdout: Stdout }) {
    try {
      lastRuns.set(file, completed);
      losses.outputKept(file);
    } catch (error) {
      losses.outputLost(file, messageOf(error));
      lastRuns.set(file, { ...completed, stdout: { kind: 'bytes', bytes: new Uint8Array() } });
    }
  }
}
