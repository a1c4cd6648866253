import type { Clock } from '../io/clock.ts';
import { removeRecords } from '../io/process/fifo/run-records.ts';
import type { DescriptorUse } from '../io/process/launch/descriptor-budget.ts';
import type { Launcher, LeftBehindRuns } from '../io/process/launch/launcher.ts';
import type { Config } from '../model/config.ts';
import type { Emit, RunSkippedEvent } from '../model/event.ts';
import { type Plugin, type PluginFile, pluginFile } from '../model/plugin.ts';
import type { LeftBehind, UnloggedStderr } from '../model/run.ts';
import { adviceOnDescriptors, adviceOnLeftBehind } from '../view/bound-reasons.ts';
import type { FormerRuns } from './leftover-runs.ts';
import { StderrBudget } from './stderr-budget.ts';

/**
 * Bounds on what runs may take of the host: processes that they leave behind, descriptors, and
 * lines of the log. Reports each; ends no process.
 */
export type RunBounds = {
  /** Takes in what runs of former agents have left behind. To be called once, at the start. */
  begin(former: FormerRuns): void;
  /** To be called at each tick, before the runs. */
  look(): void;
  /**
   * The plugins of these that run: those whose runs left too many processes behind are passed
   * over, which is reported.
   */
  runnable(plugins: readonly Plugin[]): readonly Plugin[];
  /** What the runs of a plugin have left behind; null: nothing. */
  leftBehind(file: PluginFile): LeftBehind | null;
  /** The descriptors at the last tick. */
  descriptors(): DescriptorUse;
  /** Whether a line that a plugin wrote to stderr is logged. */
  allowsStderr(file: PluginFile, line: string): boolean;
  /** What is not logged of a plugin's stderr in this hour; null: nothing. */
  unloggedStderr(file: PluginFile): UnloggedStderr | null;
};

type RunBoundsDeps = {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly launcher: Launcher;
  readonly config: () => Config;
  readonly emit: Emit;
};

/** How often a trouble came in a row, and since when. */
type Streak = { count: number; readonly sinceMs: number };

/** Creates the bounds of one agent. */
export function createRunBounds({ clock, launcher, config, emit }: RunBoundsDeps): RunBounds {
  const pairs: LeftBehindRuns | null = launcher.leftBehind;
  const reported = new Map<PluginFile, Streak & { processes: number }>();
  const passedOver = new Map<PluginFile, Streak>();
  const reportShortage = createShortageReports(clock, emit);
  const stderr = new StderrBudget(clock, () => config().bounds.maxStderrBytes, emit);
  let use = launcher.countDescriptors();

  function leftBehind(file: PluginFile): LeftBehind | null {
    const left = pairs?.of(file) ?? null;
    return left && { processes: left.count, pids: left.pids, most: config().bounds.maxLeftovers };
  }

  function report(file: PluginFile) {
    const left = leftBehind(file);
    const known = reported.get(file);
    if (left === null) {
      reported.delete(file);
      passedOver.delete(file);
      if (known) emit({ event: 'run.left-nothing', plugin: file, elapsedMs: clock.monotonicMs() - known.sinceMs });
      return;
    }
    const streak = known ?? { count: 0, sinceMs: clock.monotonicMs(), processes: 0 };
    const isMore = left.processes > streak.processes;
    streak.processes = left.processes;
    reported.set(file, streak);
    if (!isMore) return;
    streak.count += 1;
    emit({
      event: 'run.left-process',
      plugin: file,
      processes: left.processes,
      pids: left.pids,
      advice: adviceOnLeftBehind(left),
      repeat: streak.count,
      elapsedMs: clock.monotonicMs() - streak.sinceMs,
    });
  }

  function mayRun({ file }: Plugin): boolean {
    const left = leftBehind(file);
    if (left === null || left.processes < left.most) {
      passedOver.delete(file);
      return true;
    }
    const streak = passedOver.get(file) ?? { count: 0, sinceMs: clock.monotonicMs() };
    streak.count += 1;
    passedOver.set(file, streak);
    emit(skipOf(file, left, streak, clock.monotonicMs()));
    return false;
  }

  pairs?.onChange((files) => {
    for (const file of files) report(pluginFile(file));
  });

  return {
    begin({ left, stale }) {
      for (const path of stale) removeRecords(path);
      pairs?.adopt(left);
      for (const file of new Set(left.map((pair) => pair.file))) report(pluginFile(file));
    },
    look() {
      use = launcher.countDescriptors();
      reportShortage(use);
      stderr.look();
    },
    runnable: (plugins) => (pairs?.hasPairs() ? plugins.filter(mayRun) : plugins),
    leftBehind,
    descriptors: () => use,
    allowsStderr: (file, line) => stderr.allows(file, line),
    unloggedStderr: (file) => stderr.unlogged(file),
  };
}

function skipOf(plugin: PluginFile, { pids }: LeftBehind, { count, sinceMs }: Streak, nowMs: number): RunSkippedEvent {
  return {
    event: 'run.skipped',
    plugin,
    reason: 'left-behind',
    pid: pids[0] ?? null,
    elapsedMs: nowMs - sinceMs,
    skips: count,
    isPassedOver: false,
    isOneOfMany: false,
  };
}

/** Reports that runs wait for descriptors, at each tick while they do, and when that is over. */
function createShortageReports({ monotonicMs }: RunBoundsDeps['clock'], emit: Emit): (use: DescriptorUse) => void {
  let shortage: Streak | null = null;
  return ({ limit, runs, waiting }) => {
    if (waiting === 0 && shortage !== null) {
      emit({ event: 'descriptors.enough', elapsedMs: monotonicMs() - shortage.sinceMs });
      shortage = null;
    }
    if (waiting === 0 || limit === null || runs === null) return;
    shortage ??= { count: 0, sinceMs: monotonicMs() };
    shortage.count += 1;
    const elapsedMs = monotonicMs() - shortage.sinceMs;
    const advice = adviceOnDescriptors(limit, runs);
    emit({ event: 'descriptors.short', limit, runs, waiting, advice, repeat: shortage.count, elapsedMs });
  };
}
