import type { Advice, Reason } from './advice.ts';
import type { AnnotatedOutput } from './annotated.ts';
import type { BadLine } from './bad-line.ts';

import type { Ending } from './run.ts';

/**
 * What is the case with a plugin, the worst first: `suspended` (with its whole directory), `rejected`, `hung` (it runs and is overdue),
 * `failing` (its last run did not exit 0, or its output was lost), `bad-lines` (its last run printed nothing that is a sample, and something that is
 * none), `silent` (its last run printed nothing), `disabled`, `pending` (it has not run yet), `ok`.
 */
export type PluginState =
  | 'suspended'
  | 'rejected'
  | 'hung'
  | 'failing'
  | 'bad-lines'
  | 'silent'
  | 'disabled'
  | 'pending'
  | 'ok';

/** A run that ended. What was not seen by this life of the agent is null. Durations in ms, times in unix seconds. */
export type LastRunStatus = {
  readonly endedAtS: number;
  readonly durationMs: number | null;
  /** Null: only the status is known. */
  readonly ending: Ending['kind'] | null;
  /** 0–255; 128 + n after signal n; null: it did not begin, or nobody knows. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly samples: number | null;
  readonly badLines: number | null;
  readonly outputBytes: number | null;
  /** Beyond what is kept of an output. */
  readonly droppedBytes: number | null;
};

/** A run that goes on, or waits for a slot. */
export type CurrentRun = {
  readonly state: 'waiting' | 'running';
  readonly pid: number | null;
  /** Since when it waits, or runs. */
  readonly sinceS: number;
  readonly elapsedS: number;
  /** It holds no slot any more. */
  readonly isOverdue: boolean;
  /** Ticks in a row that passed it over. */
  readonly skips: number;
};

/** One script, whether it may run or not. */
export type PluginStatus = {
  /** The file's name, which is unique. */
  readonly file: string;
  /** The metric prefix behind the host name. */
  readonly name: string;
  readonly path: string;
  readonly state: PluginState;
  /** Empty: it reports, and all of it. */
  readonly reasons: readonly Reason[];
  /** Its own, or the agent's. */
  readonly intervalS: number;
  /** Null: it may not run. */
  readonly nextDueAtS: number | null;
  readonly currentRun: CurrentRun | null;
  readonly lastRun: LastRunStatus | null;
  /** When a run last gave samples; null: not since the agent started. */
  readonly lastReportAtS: number | null;
  /** Since the agent started. */
  readonly runs: number;
  readonly failuresInARow: number;
  readonly skips: number;
};

/** What `status NAME` says beyond the list: of the last run that ended. */
export type PluginDetail = PluginStatus & {
  /** Its first bad lines, up to five. */
  readonly firstBadLines: readonly BadLine[];
  /** The last lines that it wrote to stderr, or that the run going on has written so far. */
  readonly stderr: readonly string[];
  /** What the last run that ended printed, with what was made of each line; null: none was kept. */
  readonly output: AnnotatedOutput | null;
  /** The last runs since the agent started, oldest first, at most 60. */
  readonly recentRuns: readonly RecentRun[];
};

/** A run in short. `status` null: it did not begin, or nobody knows how it ended. */
export type RecentRun = {
  readonly endedAtS: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly samples: number;
};

/** `new`: nothing was delivered yet, and nothing failed. */
export type SinkState = 'new' | 'connected' | 'away' | 'busy' | 'refused';

/** One sink. */
export type SinkStatus = {
  readonly name: string;
  /** Where it sends, for a person. */
  readonly address: string;
  readonly state: SinkState;
  /** What is wrong; null: nothing is. */
  readonly trouble: string | null;
  /** The same as advice, with what to type. */
  readonly reason: Reason | null;
  readonly troubleSinceS: number | null;
  readonly waitingSamples: number;
  /** The time of the oldest sample that waits; null: none does. */
  readonly oldestAtS: number | null;
  readonly lastSentAtS: number | null;
  /** Since the agent started. */
  readonly sentSamples: number;
  /** Lost to the spool's bound, over all lives of the agent, and dropped because the other side will never take them. */
  readonly lostSamples: number;
  readonly droppedSamples: number;
};

/** The agent at one moment: what `status --json` prints. Its fields are a contract (docs/status.md); `format` changes when one is taken away or means something else. */
export type Status = {
  readonly format: 1;
  readonly version: string;
  readonly hostname: string;
  readonly pid: number;
  readonly stateDir: string;
  /** The moment that this is about, in unix seconds, as all times below. */
  readonly atS: number;
  readonly startedAtS: number;
  readonly intervalS: number;
  /** Null: there was none yet. */
  readonly lastTickAtS: number | null;
  readonly isStopping: boolean;
  /** What is wrong with the configuration on disk, which is therefore not in force; empty: nothing is. */
  readonly configurationProblems: readonly string[];
  readonly scripts: {
    readonly isEnabled: boolean;
    readonly location: string;
    /** Why no plugin runs, and what to type; null: the directory is as it should be. */
    readonly suspension: string | null;
    /** The same as advice. */
    readonly reason: Reason | null;
  };
  readonly plugins: readonly PluginStatus[];
  readonly sinks: readonly SinkStatus[];
  /** Where the page is served, without its token; null: it is not. */
  readonly dashboardUrl: string | null;
  /** Why samples can't be stored; null: they are. */
  readonly storeFailure: string | null;
  /** Since the agent started. */
  readonly totals: {
    readonly runs: number;
    readonly runsFailed: number;
    readonly skips: number;
    readonly samplesRead: number;
    readonly badLines: number;
  };
  readonly usage: { readonly rssBytes: number; readonly cpuS: number };
};

/** What is known about a name: the plugins it selects, or why there is none. The rest is the agent's as a whole. */
export type PluginAnswer = {
  readonly plugins: readonly PluginDetail[];
  /** Why nothing is selected, and what to type; null where something is. */
  readonly missing: string | null;
  /** The same as advice. */
  readonly advice: Advice | null;
};

/** What is told to whoever follows the agent: all that is not a plugin, and what changed of those. `removed` holds file names. */
export type StatusChange = {
  readonly agent: Omit<Status, 'plugins'>;
  readonly plugins: readonly PluginStatus[];
  readonly removed: readonly string[];
};

/** A metric that was sampled lately. Times in unix seconds. */
export type MetricStatus = { readonly metric: string; readonly lastAtS: number; readonly lastValue: number };

/**
 * A metric's past. `stepS` 0: the points are samples as they were, and mean, minimum and maximum the same; else each point is so many seconds,
 * and its time where they begin. At most 1,000 points.
 */
export type MetricHistory = {
  readonly metric: string;
  readonly fromS: number;
  readonly toS: number;
  readonly stepS: number;
  readonly points: readonly (readonly [atS: number, mean: number, min: number, max: number])[];
};
