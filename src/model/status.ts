import type { Advice, Reason } from './advice.ts';
import type { AnnotatedOutput } from './annotated.ts';
import type { BadLine, ForeignFormat } from './bad-line.ts';
import type { DirectoryStatus } from './directory-status.ts';
import type { FoundAtStart } from './found.ts';
import type { Overload } from './overload.ts';
import type { LastRunStatus, RecentRun } from './run-status.ts';

/**
 * The state of a plugin, the worst first:
 *
 * - `suspended`: its whole directory is suspended
 * - `rejected`: the permission check refused it
 * - `hung`: its run has skipped a tick, and takes over twice the longest of its last runs
 * - `failing`: its last run did not exit 0, or its output was lost
 * - `bad-lines`: its last run printed bad lines and no sample
 * - `silent`: its last run printed nothing, or only metrics that the host has
 * - `slow`: its run is overdue and not hung; no trouble
 * - `late`: it reports, but ticks were skipped at its last run or at the one in flight
 * - `disabled`: it is switched off in the configuration
 * - `not-a-script`: the file has no execute bit and no `#!` line, so it is evidently not a plugin
 * - `pending`: it has not run yet
 * - `ok`: it reports
 */
export type PluginState =
  | 'suspended'
  | 'rejected'
  | 'hung'
  | 'failing'
  | 'bad-lines'
  | 'silent'
  | 'slow'
  | 'late'
  | 'disabled'
  | 'not-a-script'
  | 'pending'
  | 'ok';

/** A run that is running, or waits for a slot. */
export type CurrentRun = {
  readonly state: 'waiting' | 'running';
  readonly pid: number | null;
  /** When it began to wait, or to run. */
  readonly sinceS: number;
  readonly elapsedS: number;
  /** It runs longer than its share, and holds no slot any more. */
  readonly isOverdue: boolean;
  /** Ticks in a row at which it was skipped. */
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
  /**
   * The last ticks at which it was due since the agent started, at most 60, oldest first, a letter
   * each (`Beat`).
   */
  readonly beats: string;
  /** Its trouble is expected by the configuration; missing: it is not. */
  readonly muted?: Muted;
};

/** Until when trouble is expected, in unix seconds; null: always. */
export type Muted = { readonly untilS: number | null };

/**
 * Whether a plugin reports, be it a part of its samples. One that is slow or late does, at the end
 * of each run; in its first run since the agent started that is not known yet.
 */
export function isReporting({ state, runs }: Pick<PluginStatus, 'state' | 'runs'>): boolean {
  return state === 'ok' || ((state === 'slow' || state === 'late') && runs > 0);
}

/** The status now. Plugins are made when asked for: thousands need not be in memory together. */
export type StatusNow = { readonly agent: Omit<Status, 'plugins'>; readonly plugins: Iterable<PluginStatus> };

/** What `status NAME` says beyond the list: of the last run that ended. */
export type PluginDetail = PluginStatus & {
  /** Its first bad lines, up to five. */
  readonly firstBadLines: readonly BadLine[];
  /** What another format they look like; null: none that is known. */
  readonly looksLike: Advice<ForeignFormat> | null;
  /**
   * The last lines on stderr of the run that is running; while that has written none, those of the
   * last one that ended.
   */
  readonly stderr: readonly string[];
  /** What the last run that ended printed, each line with its verdict; null: none was kept. */
  readonly output: AnnotatedOutput | null;
  /** The last runs since the agent started, oldest first, at most 60. */
  readonly recentRuns: readonly RecentRun[];
  /** How it is run, as configured. */
  readonly settings: readonly ShownSetting[];
};

/**
 * One setting of a plugin. `key` and `value` are as they would be in a file. `source`: where it was
 * written, `file:line`, or the key of another section; null: it is the default.
 */
export type ShownSetting = { readonly key: string; readonly value: string; readonly source: string | null };

/** The state of a sink. `new`: nothing was delivered yet, and nothing failed. */
export type SinkState = 'new' | 'connected' | 'away' | 'busy' | 'refused';

/** One sink. */
export type SinkStatus = {
  readonly name: string;
  /** Where it sends, for a person. */
  readonly address: string;
  readonly state: SinkState;
  /** What is wrong and what to type, on one line; null: nothing is wrong. */
  readonly trouble: string | null;
  /** The same as advice, with the command that tries the sink now. */
  readonly reason: Reason | null;
  readonly troubleSinceS: number | null;
  readonly waitingSamples: number;
  /** The time of the oldest sample that waits; null: none does. */
  readonly oldestAtS: number | null;
  readonly lastSentAtS: number | null;
  /** Since the agent started. */
  readonly sentSamples: number;
  /**
   * Lost to the spool's bound, over all lives of the agent; and dropped because the server will
   * never take them.
   */
  readonly lostSamples: number;
  readonly droppedSamples: number;
};

/**
 * The agent at one moment: what `status --json` prints. Its fields are a contract
 * (docs/status.md); `format` changes when one is removed or changes its meaning.
 */
export type Status = {
  readonly format: 1;
  readonly version: string;
  readonly hostname: string;
  readonly pid: number;
  readonly stateDir: string;
  /** The moment of this document, in unix seconds, as all times below. */
  readonly atS: number;
  readonly startedAtS: number;
  readonly intervalS: number;
  /** Null: there was none yet. */
  readonly lastTickAtS: number | null;
  readonly isStopping: boolean;
  /**
   * What is wrong with the configuration on disk, which is therefore not in force; empty: nothing
   * is.
   */
  readonly configurationProblems: readonly string[];
  readonly scripts: {
    readonly isEnabled: boolean;
    readonly location: string;
    /** Why no plugin runs, and what to type; null: the directory is as it should be. */
    readonly suspension: string | null;
    /** The same as advice. */
    readonly reason: Reason | null;
    /** That a group can put another directory in its place, and what to type; null: none can. */
    readonly warning: Reason | null;
  };
  /** The enabled directories of the configuration; missing: there is none. */
  readonly directories?: readonly DirectoryStatus[];
  readonly plugins: readonly PluginStatus[];
  readonly sinks: readonly SinkStatus[];
  /** Where the page is served, without its token; null: it is not. */
  readonly dashboardUrl: string | null;
  /** Plugins wait for a slot over several ticks; null: they do not. */
  readonly overload: Overload | null;
  /** Why samples can't be stored; null: they are. */
  readonly storeFailure: string | null;
  /**
   * What was salvaged of the last database that was damaged since the agent started; null: none
   * was. `path`: the damaged file. `lost` null: not known how many.
   */
  readonly salvage: {
    readonly atS: number;
    readonly path: string;
    readonly samples: number;
    readonly lost: number | null;
  } | null;
  /** What the agent found when it started; null: it has not looked yet. */
  readonly foundAtStart: FoundAtStart | null;
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

/** The answer about a name: the plugins that it selects, or why there is none. */
export type PluginAnswer = {
  readonly plugins: readonly PluginDetail[];
  /** Why nothing is selected, and what to type; null where something is. */
  readonly missing: string | null;
  /** The same as advice. */
  readonly advice: Advice | null;
};

/**
 * One change for those who follow the agent: everything but the plugins, and the plugins that
 * changed. `removed` holds file names.
 */
export type StatusChange = {
  readonly agent: Omit<Status, 'plugins'>;
  readonly plugins: readonly PluginStatus[];
  readonly removed: readonly string[];
};
