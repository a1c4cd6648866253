import type { ReasonKind } from './advice.ts';
import type { PluginState, PluginStatus, SinkState } from './status.ts';

/**
 * What a wall screen knows of a plugin: names, states, numbers and times. It has no field that
 * holds text which a plugin printed, a path, a command or an address.
 */
export type WallPlugin = {
  readonly file: string;
  /** The metric prefix behind the host name. */
  readonly name: string;
  readonly state: PluginState;
  /** Only the kinds of its reasons. */
  readonly reasons: readonly { readonly kind: ReasonKind }[];
  readonly intervalS: number;
  /** Null: it is neither running nor waiting. `sinceS`: when that began. */
  readonly currentRun: { readonly sinceS: number; readonly isOverdue: boolean } | null;
  readonly lastRun: {
    readonly endedAtS: number;
    readonly durationMs: number | null;
    readonly samples: number | null;
  } | null;
  readonly lastReportAtS: number | null;
  readonly runs: number;
  /** As in `PluginStatus`. */
  readonly beats: PluginStatus['beats'];
  /** Trouble is expected; missing: it is not. */
  readonly muted?: { readonly untilS: number | null };
};

/** What a wall screen knows of a sink. */
export type WallSink = {
  readonly name: string;
  readonly state: SinkState;
  readonly troubleSinceS: number | null;
  readonly waitingSamples: number;
  readonly oldestAtS: number | null;
  readonly lastSentAtS: number | null;
};

/** What a wall screen knows of the agent. Troubles are named and not explained. */
export type WallAgent = {
  readonly version: string;
  readonly hostname: string;
  readonly atS: number;
  readonly startedAtS: number;
  readonly intervalS: number;
  readonly lastTickAtS: number | null;
  readonly isStopping: boolean;
  readonly troubles: {
    readonly hasConfigurationProblems: boolean;
    /** The script directory, or another one, is suspended. */
    readonly hasSuspendedDirectory: boolean;
    readonly isOverloaded: boolean;
    readonly isStoreFailing: boolean;
  };
  readonly sinks: readonly WallSink[];
};

/** The whole document of a wall screen: `/status.json` as its token gets it. */
export type WallStatus = WallAgent & { readonly plugins: readonly WallPlugin[] };
