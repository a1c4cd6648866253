import type { BadLine } from './bad-line.ts';
import type { CheckState } from './format.ts';
import type { Ending, RunUsage } from './run.ts';

/**
 * A run that ended. Facts that this life of the agent has not seen are null. Durations in ms,
 * times in unix seconds.
 */
export type LastRunStatus = RunUsage & {
  readonly endedAtS: number;
  readonly durationMs: number | null;
  /** Null: only the status is known. */
  readonly ending: Ending['kind'] | null;
  /** 0–255; 128 + n after signal n; null: it did not start, or its status is not known. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly samples: number | null;
  readonly badLines: number | null;
  /** Null: it printed none. */
  readonly firstBadLine: BadLine | null;
  readonly outputBytes: number | null;
  /** Beyond what is kept of an output. */
  readonly droppedBytes: number | null;
  /** The last line that it wrote to stderr; null also if it wrote none. */
  readonly lastStderr: string | null;
  /** What it says of itself, in a format that has that; missing: nothing. */
  readonly message?: string;
  /** The state that its exit status is; missing: it is not known to be a Nagios check's. */
  readonly checkState?: CheckState;
  /** How many values were not finite, in a format that allows that; missing: none. */
  readonly notFinite?: number;
};

/** A run in short. `status` null: it did not start, or how it ended is not known. */
export type RecentRun = RunUsage & {
  readonly endedAtS: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly samples: number;
};

/**
 * What became of one tick at which a plugin was due:
 *
 * - `o`: it reported all
 * - `p`: it reported in part: it printed bad lines too, or samples were left out
 * - `f`: it failed, or gave no sample
 * - `s`: the tick was skipped while it waited for a slot
 * - `l`: the tick was skipped while its run took too long (slow)
 * - `h`: the tick was skipped while its run hung
 */
export type Beat = 'o' | 'p' | 'f' | 's' | 'l' | 'h';
