import type { Clock, Timer } from '../io/clock.ts';
import { isDamage } from '../io/database.ts';
import type { KeptFiles } from '../io/files.ts';
import type { Emit } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { LastRun, RunInFlight, Stdout } from '../model/run.ts';
import { type Sample, type UnixSeconds, unixSeconds } from '../model/sample.ts';
import { createLossTeller } from './losses.ts';
import type { SinkPlace } from './places.ts';
import type { SpoolView } from './spool.ts';
import { openTables, type StateDatabase } from './tables.ts';

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

export type StoreOptions = {
  readonly sinks: readonly SinkPlace[];
  /** How much of samples may wait on disk, in bytes. */
  readonly maxSizeBytes: number;
  readonly emit: Emit;
  /** There are new samples for the sinks. */
  readonly onAppended: () => void;
};

const commitDelayMs = 50;
const retryDelayMs = 1000;
const flushBytes = 4 * 1024 * 1024; // outputs wait for the commit in memory
const maxHeldBytes = 16 * 1024 * 1024; // of samples, while the disk takes nothing

/** Opens the store; a damaged database is set aside. Throws what else SQLite says. */
export function openStore(
  { clock, database, outputs }: { readonly clock: Clock; readonly database: StateDatabase; readonly outputs: KeptFiles },
  { sinks, maxSizeBytes, emit, onAppended }: StoreOptions,
): Store {
  const losses = createLossTeller(clock, emit);
  const spoolOptions = {
    sinks,
    maxBytes: maxSizeBytes,
    maxHeldBytes,
    nowS: unixSeconds(clock.nowMs() / 1000),
    onFailed: failed,
    onLost: losses.lost,
    onCaughtUp: losses.caughtUp,
  };
  const tables = openTables(database, outputs, spoolOptions, (path, samples, detail) =>
    emit({ event: 'store.set-aside', path, samples, detail }),
  );
  const { lastRuns, recordedRuns, spool } = tables;
  let pending: Iterable<Sample>[] = [];
  let pendingBytes = 0;
  let timer: Timer | null = null;
  let hasFailed = false;
  let damage: string | null = null; // what SQLite said of a file that is yet to be set aside
  let isClosed = false; // a script that outlives the agent's stop may still end: nothing is written then

  function soon(delayMs = commitDelayMs) {
    if (!isClosed) timer ??= clock.after(delayMs, flush);
  }

  function failed(error: unknown) {
    if (isDamage(error)) damage = messageOf(error);
    else if (!hasFailed) emit({ event: 'store.failed', detail: messageOf(error) });
    hasFailed ||= damage === null;
    soon(damage === null ? retryDelayMs : 0);
  }

  /** Gives whether there is a whole file to go on with. */
  function mend(): boolean {
    if (damage === null) return true;
    try {
      tables.startAfresh(damage);
      damage = null;
      return true;
    } catch (error) {
      if (!hasFailed) emit({ event: 'store.failed', detail: messageOf(error) });
      hasFailed = true;
      soon(retryDelayMs);
      return false;
    }
  }

  /** What the disk does not take now waits in memory, samples only. An output that can't be read now is tried again. */
  function hold() {
    const before = spool.held();
    pending = pending.filter((samples) => {
      try {
        spool.hold(samples);
        return false;
      } catch {
        return true;
      }
    });
    pendingBytes = 0;
    if (pending.length === 0) lastRuns.removeFormer();
    if (spool.held() > before) onAppended();
  }

  function flush() {
    timer?.cancel();
    timer = null;
    if (isClosed) return;
    if (hasFailed || damage !== null) hold();
    if (!mend()) return;
    const isClean = pending.length === 0 && !recordedRuns.isDirty() && !lastRuns.isDirty() && !spool.isDirty();
    if (isClean && !hasFailed) return;
    let samples = 0;
    try {
      tables.transaction(() => {
        lastRuns.commit();
        recordedRuns.commit();
        samples = spool.append(hasFailed ? [] : chained(pending));
      });
    } catch (error) {
      hold();
      return failed(error);
    }
    spool.committed();
    lastRuns.committed();
    recordedRuns.committed();
    if (!hasFailed) pending = [];
    pendingBytes = 0;
    if (pending.length === 0) lastRuns.removeFormer(); // what is pending may be read from one
    if (hasFailed && pending.length === 0) {
      emit({ event: 'store.recovered' });
      hasFailed = false;
    } else if (hasFailed) soon(retryDelayMs);
    if (samples > 0) onAppended();
  }

  function took() {
    if (hasFailed) hold();
    soon();
  }

  return {
    lastRun: (file) => lastRuns.get(file),
    stdinPath(file) {
      const output = lastRuns.get(file)?.output;
      if (!output) return null;
      if (outputs.sizeOf(output.name) === output.sizeBytes) return outputs.pathOf(output.name);
      losses.outputLost(file, `${outputs.pathOf(output.name)} is gone or has another size; the next run reads nothing`);
      return null;
    },
    finished({ file, completed, samples }) {
      if (isClosed) return;
      if (completed) keep(file, completed);
      recordedRuns.ended(file);
      pending.push(samples);
      if (completed?.stdout.kind === 'bytes') pendingBytes += completed.stdout.bytes.length;
      if (pendingBytes > flushBytes && !hasFailed) flush();
      else took();
    },
    append(samples) {
      pending.push(samples);
      took();
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
      lastRuns.present(files, unixSeconds(clock.nowMs() / 1000));
      if (lastRuns.isDirty()) soon();
    },
    view: (sink) => spool.view(sink),
    flush,
    close() {
      flush();
      const samples = spool.held() + count(pending);
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

function* chained(parts: readonly Iterable<Sample>[]): Generator<Sample, void, undefined> {
  for (const part of parts) yield* part;
}

function count(parts: readonly Iterable<Sample>[]): number {
  let samples = 0;
  for (const part of parts) {
    try {
      for (const _ of part) samples += 1;
    } catch {
      // an output that can't be read to its end: what was counted is what is known
    }
  }
  return samples;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
