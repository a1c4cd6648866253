import PQueue from 'p-queue';
import type { Clock, Timer } from '../io/clock.ts';
import type { Emit } from '../model/event.ts';
import type { Plugin, PluginFile } from '../model/plugin.ts';
import type { ProcessIdentity, RecordedRun, Tick } from '../model/run.ts';
import { createInFlight, type InFlightEntry } from './in-flight.ts';
import { createWaitingLine } from './line.ts';
import { createLongRuns, longMs } from './long-runs.ts';

/** A run that was begun. `ended` resolves, never rejects, when its process has ended. */
export type StartedRun = { pid(): number | null; readonly ended: Promise<void> };

/** Decides at each tick what runs. It has no way to end a run: time takes away a slot, never a process. */
export type Scheduler = {
  /**
   * Queues each plugin that is not in flight and tells which are skipped. Resolves when no run of this tick holds a slot:
   * each has ended or is overdue. Rejects with what `startRun` throws; the others run all the same.
   */
  tick(tick: Tick, plugins: readonly Plugin[]): Promise<void>;
  /** Processes of a former agent that are still running count as in flight until they end; of the others `onUncountedEnd` is told. */
  adopt(survivors: readonly RecordedRun[]): void;
  /** Which scripts there are now; how long others took is forgotten. */
  present(files: readonly PluginFile[]): void;
  inFlight(): readonly Readonly<InFlightEntry>[];
  /**
   * Runs a plugin out of turn, once it is not in flight: it is claimed meanwhile, so that no tick doubles it. `onWait` is told of what it waits for, `isWanted` is
   * asked before it begins. Resolves when that run has ended; false: it was not wanted any more, or no run begins any more. Rejects with what `run` throws.
   */
  outOfTurn(
    file: PluginFile,
    run: () => StartedRun,
    links: { readonly onWait: (entry: Readonly<InFlightEntry>) => void; readonly isWanted: () => boolean },
  ): Promise<boolean>;
  /** From now on so many run at a time; what runs already goes on. */
  setConcurrency(runs: number): void;
  /** No run begins any more. Resolves when all that run have ended, which may be never: the caller limits its patience. */
  close(): Promise<void>;
};

/** A tick, and how many of its runs still wait for a slot or hold one. */
type TickRound = {
  readonly tick: Tick;
  left: number;
  readonly over: () => void;
  readonly failed: (error: unknown) => void;
};

/** A plugin that waits for a slot. `expectedMs`: as long as its last run took, in whole ms; 0: nobody knows. */
type WaitingRun = {
  readonly plugin: Plugin;
  readonly round: TickRound;
  readonly entry: InFlightEntry;
  readonly expectedMs: number;
};

/** `overdueAfterMs` is looked at when a run begins; for another `maxConcurrency` there is `setConcurrency`. */
type SchedulerOptions = { readonly maxConcurrency: number; readonly overdueAfterMs: number; readonly emit: Emit };

/** Runs at most `maxConcurrency` plugins at a time, the quickest first; a run older than `overdueAfterMs` gives its slot back and goes on. */
export function createScheduler(
  edges: { readonly clock: Clock; readonly isAlive: (process: ProcessIdentity) => boolean },
  options: SchedulerOptions,
  startRun: (plugin: Plugin, tick: Tick) => StartedRun,
  onLongRun: (plugin: PluginFile, startedMs: number, pid: number) => void,
  onUncountedEnd: (plugin: PluginFile) => void,
): Scheduler {
  const { clock, isAlive } = edges;
  const { emit } = options;
  const queue = new PQueue({ concurrency: options.maxConcurrency });
  const inFlight = createInFlight(clock);
  const line = createWaitingLine<WaitingRun>((one) => one.expectedMs);
  const longRuns = createLongRuns(clock);
  const expectedMs = new Map<PluginFile, number>();
  const closing: (() => void)[] = []; // to be called when nothing runs
  let running = 0; // a count, for a set of them would leave garbage that lives long
  let survivors: readonly RecordedRun[] = [];
  let isClosed = false;
  queue.on('next', fillSlots); // a slot was given up, and those that wait may have come too late for it

  /** The queue gets a task for each slot that there is work for, not one for each plugin: thousands that wait outlive collections of garbage. */
  function fillSlots() {
    while (queue.pending + queue.size < queue.concurrency && line.length() > 0) void queue.add(workOff);
  }

  /** Runs plugins in a slot, one after the other, for as long as any wait and there are not fewer slots meanwhile. */
  async function workOff() {
    while (queue.pending <= queue.concurrency) {
      const waiting = line.next();
      if (!waiting) return;
      await runInSlot(waiting).catch(waiting.round.failed);
      leaveRound(waiting.round);
    }
  }

  function leaveRound(round: TickRound) {
    round.left -= 1;
    if (round.left === 0) round.over();
  }

  function skip(file: PluginFile) {
    const entry = inFlight.get(file);
    if (!entry) return;
    entry.skips += 1;
    const reason = entry.state;
    emit({
      event: 'run.skipped',
      plugin: file,
      reason,
      pid: entry.pid(),
      elapsedMs: entry.elapsedMs(),
      skips: entry.skips,
    });
  }

  /** Records a run that has begun once it is long, tells so, and releases its claim when it has ended. */
  function follow(
    run: StartedRun,
    entry: InFlightEntry,
    onLong: (ageMs: number) => void,
    onEnd: () => void,
  ): Promise<void> {
    entry.begin(run.pid);
    const followed = {
      startedMs: clock.monotonicMs(),
      onLong(ageMs: number) {
        onLong(ageMs);
        const pid = run.pid();
        if (pid !== null) onLongRun(entry.file, entry.sinceMs, pid);
        return pid !== null; // a busy machine is slow to start it
      },
    };
    longRuns.follow(followed);
    running += 1;
    return run.ended.then(() => {
      longRuns.leave(followed);
      inFlight.release(entry.file);
      running -= 1;
      if (running === 0) for (const go of closing) go();
      onEnd();
    });
  }

  /** Holds a slot until the run has ended or is overdue. The claim is released only when it has ended. */
  function runInSlot({ plugin, round, entry }: WaitingRun): Promise<void> {
    return new Promise((freeSlot) => {
      if (isClosed) {
        inFlight.release(plugin.file);
        return freeSlot();
      }
      const startedMs = clock.monotonicMs();
      const run = begunOrReleased(() => startRun(plugin, round.tick), plugin.file);
      const { overdueAfterMs } = options;
      let overdue: Timer | null = null;
      const watchFrom = (ageMs: number) => {
        overdue ??= clock.after(overdueAfterMs - ageMs, () => {
          entry.isOverdue = true;
          emit({
            event: 'run.overdue',
            plugin: plugin.file,
            pid: run.pid(),
            elapsedMs: clock.monotonicMs() - startedMs,
          });
          freeSlot();
        });
      };
      if (overdueAfterMs <= longMs) watchFrom(0);
      void follow(run, entry, watchFrom, () => {
        expectedMs.set(plugin.file, clock.monotonicMs() - startedMs);
        overdue?.cancel();
        freeSlot();
      });
    });
  }

  /** A claim must not outlive a run that could not begin. */
  function begunOrReleased(run: () => StartedRun, file: PluginFile): StartedRun {
    try {
      return run();
    } catch (error) {
      inFlight.release(file);
      throw error;
    }
  }

  function releaseEndedSurvivors() {
    survivors = survivors.filter(({ file, process }) => {
      if (isAlive(process)) return true;
      inFlight.release(file);
      onUncountedEnd(file);
      emit({ event: 'run.survivor-ended', plugin: file, pid: process.pid });
      return false;
    });
  }

  return {
    tick(tick, plugins) {
      return new Promise((over, failed) => {
        releaseEndedSurvivors();
        const round = { tick, left: 0, over, failed };
        const waiting: WaitingRun[] = [];
        for (const plugin of plugins) {
          const entry = inFlight.claim(plugin.file);
          if (entry) waiting.push({ plugin, round, entry, expectedMs: Math.ceil(expectedMs.get(plugin.file) ?? 0) });
          else skip(plugin.file);
        }
        round.left = waiting.length;
        if (round.left === 0) return over();
        line.join(waiting);
        fillSlots();
      });
    },
    adopt(found) {
      for (const survivor of found) {
        const entry = isAlive(survivor.process) ? inFlight.claim(survivor.file) : null;
        if (!entry) {
          onUncountedEnd(survivor.file);
          continue;
        }
        survivors = [...survivors, survivor];
        entry.adopt(survivor.process.pid, survivor.startedMs);
        emit({ event: 'run.survived', plugin: survivor.file, pid: survivor.process.pid });
      }
    },
    present(files) {
      const there = new Set(files);
      for (const file of expectedMs.keys()) if (!there.has(file)) expectedMs.delete(file);
    },
    inFlight: () => inFlight.all(),
    async outOfTurn(file, run, { onWait, isWanted }) {
      while (isWanted() && !isClosed) {
        const entry = inFlight.claim(file);
        if (entry !== null) {
          await follow(
            begunOrReleased(run, file),
            entry,
            () => {},
            () => onUncountedEnd(file),
          );
          return true;
        }
        const other = inFlight.get(file);
        if (other) onWait(other);
        await inFlight.released(file);
      }
      return false;
    },
    setConcurrency(runs) {
      queue.concurrency = runs;
      fillSlots();
    },
    close() {
      isClosed = true; // what waits for a slot gives it back at once
      return new Promise((resolve) => {
        if (running === 0) resolve();
        else closing.push(resolve);
      });
    },
  };
}
