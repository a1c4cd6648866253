import type { Advice, EndingKind } from './advice.ts';
import type { BadLine } from './bad-line.ts';
import type { PluginFile } from './plugin.ts';
import type { SampleSource, UnixSeconds } from './sample.ts';

/** One interval boundary, in unix seconds. */
export type Tick = { readonly atS: UnixSeconds };

/** Why a script did not start, if it is one of the usual causes. */
export type NotStartedCause = 'missing-interpreter' | 'crlf-interpreter' | 'being-written' | 'other';

/** How one run ended. Built only by `runner/ending.ts`. */
export type Ending =
  /** 0–255; only 0 turns stdout into samples, and in some formats 1 to 3. */
  | { readonly kind: 'exited'; readonly status: number }
  /** Someone else's signal: the agent sends none. */
  | { readonly kind: 'signaled'; readonly signal: string; readonly status: number }
  /**
   * The script never began; the last-run state stays as it was. `code` is an errno name such as
   * `ENOENT`.
   */
  | { readonly kind: 'not-started'; readonly code: string; readonly cause: NotStartedCause }
  /**
   * It ran, but its exit status was collected by someone else; the last-run state stays as it
   * was.
   */
  | { readonly kind: 'unknown' };

/**
 * What the process of a run has used, with the processes that it waited for: processor time, user
 * and system, and the most that one of them had in memory at a time. Null: not known.
 */
export type RunUsage = { readonly cpuS: number | null; readonly peakMemoryBytes: number | null };

/** Nothing is known of what a run has used. */
export const unknownUsage: RunUsage = { cpuS: null, peakMemoryBytes: null };

/**
 * A process, distinguishable from a later one with the same id: `startedAt` is opaque and differs
 * between them.
 */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string };

/**
 * What the next run of a plugin is given of the last completed one. `endedAtS` has a fraction, as
 * in all shapes of a run that ended. `output` names the kept stdout; null: it was empty.
 */
export type LastRun = {
  readonly endedAtS: number;
  readonly status: number;
  readonly output: { readonly name: string; readonly sizeBytes: number } | null;
};

/**
 * The kept part of a run's stdout: in memory while it is small, else a file among the kept
 * outputs.
 */
export type Stdout =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly name: string; readonly sizeBytes: number };

/**
 * A running plugin as the store has it on disk, so that a restarted agent does not run it twice.
 */
export type RecordedRun = { readonly file: PluginFile; readonly startedMs: number; readonly process: ProcessIdentity };

/**
 * What a run that ended leaves to the store. `completed` null: the state for the next run stays
 * as it was.
 */
export type FinishedRun = {
  readonly file: PluginFile;
  readonly completed: CompletedRun | null;
  readonly samples: SampleSource;
};

/** A run that ran to its end, whatever its exit status (0–255; 128 + n after signal n). */
export type CompletedRun = { readonly endedAtS: number; readonly status: number; readonly stdout: Stdout };

/**
 * What was made of one output: how many samples, how many bad lines, and the first few of these.
 */
export type OutputSummary = {
  readonly samples: number;
  readonly badLines: { readonly count: number; readonly first: readonly BadLine[] };
  /**
   * Of an output that was cut and has neither: how many bytes follow its last line end. Else 0.
   */
  readonly unendedBytes: number;
  /** How many values were not finite where the format allows that. */
  readonly notFinite: number;
  /** What the plugin says of itself, as a check of Nagios does; null: nothing. */
  readonly message: string | null;
};

/** Samples of one run that have the names of host metrics; `names`: the first five names. */
export type TakenByHost = { readonly count: number; readonly names: readonly string[] };

/**
 * Samples of one run that are not sent, and the bounds that say so: `beyond` came after the first
 * `maxSamples`. `newNames` have names that the plugin did not have within the last day, though it
 * had `maxNames` others; `firstNewName` is one of them.
 */
export type LeftOutSamples = {
  readonly beyond: number;
  readonly newNames: number;
  readonly firstNewName: string | null;
  readonly maxSamples: number;
  readonly maxNames: number;
};

/**
 * Lines on stderr that a plugin wrote within the current hour and that are not logged, because it
 * may write `mostBytes` an hour.
 */
export type UnloggedStderr = { readonly lines: number; readonly bytes: number; readonly mostBytes: number };

/**
 * A plugin that waits for a slot, or runs. `skips` counts the ticks in a row that it was skipped.
 */
export type InFlightRun = {
  readonly file: PluginFile;
  readonly state: 'waiting' | 'running';
  /** Since when, by the wall clock, in ms since the epoch: for people. */
  readonly sinceMs: number;
  /** For how long, in ms, whatever happened to the wall clock in between. */
  elapsedMs(): number;
  /** It runs longer than its share, and holds no slot any more. */
  readonly isOverdue: boolean;
  readonly skips: number;
  /** The process id; null until it is known. */
  pid(): number | null;
};

/**
 * Processes that the runs of a plugin left behind and that still hold its output. `pids` is empty
 * where they can't be seen. With `most` of them, the plugin is not run.
 */
export type LeftBehind = { readonly processes: number; readonly pids: readonly number[]; readonly most: number };

/** How one run ended and what it printed. Made by `runner/run.ts`, for ticks and trials alike. */
export type RunOutcome = RunUsage & {
  readonly pid: number | null;
  readonly ending: Ending;
  /** Why its samples are not sent, and what to type; null: its output counts. */
  readonly failure: Advice<EndingKind> | null;
  readonly endedAtS: number;
  readonly durationMs: number;
  /** What is kept of its stdout. */
  readonly stdout: Stdout;
  /** How many bytes of stdout came beyond what is kept. */
  readonly droppedBytes: number;
  /**
   * Why less is kept than is allowed, in the system's words; null: all that is allowed is kept.
   */
  readonly outputLost: string | null;
};
