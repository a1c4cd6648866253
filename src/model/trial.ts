import type { Advice } from './advice.ts';
import type { AnnotatedOutput } from './annotated.ts';
import type { CheckState, FormatName } from './format.ts';
import type { Ending, RunUsage } from './run.ts';

/**
 * What a trial is given of the run before it. `stdout` is that run's output, byte for byte, in
 * base64.
 */
export type PreviousRun = { readonly endedAtS: number; readonly status: number; readonly stdout: string };

/**
 * The outcome of a trial, which is shown and goes nowhere else: no sample is sent, and the next
 * run is given nothing of it.
 */
export type TrialResult = RunUsage & {
  readonly file: string;
  /** Before each metric's name: `HOST.PLUGIN`. */
  readonly prefix: string;
  /** What the script was called with: argv[1], and argv[2] if there is one. */
  readonly args: readonly string[];
  readonly stdinBytes: number;
  readonly pid: number | null;
  readonly ending: Ending;
  /** Why its samples would not be sent, with what to type; null: they would. */
  readonly failure: Advice | null;
  /** What its author should know though the run may have worked; empty: nothing. */
  readonly notes: readonly Advice[];
  readonly endedAtS: number;
  readonly durationMs: number;
  /** The kept part of its output, in base64. */
  readonly stdout: string;
  /** How many bytes came beyond what is kept. */
  readonly droppedBytes: number;
  /**
   * Why less of it is kept than is allowed, in the system's words; null: all that is allowed is
   * kept.
   */
  readonly outputLost: string | null;
  readonly output: AnnotatedOutput;
  /**
   * Missing: its output is in the agent's own format. `message` is what it says of itself,
   * `notFinite` how many values were not finite, `checkState` the state that its exit status is;
   * null: there is none.
   */
  readonly foreign?: {
    readonly format: FormatName;
    readonly message: string | null;
    readonly notFinite: number;
    readonly checkState: CheckState | null;
  };
  /** Line by line, within the limits of the log. */
  readonly stderr: readonly string[];
};

/** The progress of a trial. */
export type TrialEvent =
  /**
   * The agent does not run this one. `no-plugin`: there is no such script in its directory, or it
   * is rejected; `not-now`: it can't run one now.
   */
  | { readonly event: 'refused'; readonly reason: 'no-plugin' | 'not-now'; readonly advice: Advice }
  /**
   * The plugin is in flight, and never runs twice at a time: the trial begins when that run has
   * ended.
   */
  | { readonly event: 'waiting'; readonly pid: number | null; readonly elapsedS: number }
  | { readonly event: 'started' }
  | ({ readonly event: 'ended' } & TrialResult);

/**
 * What a script finds around it, as far as scripts commonly depend on it. Values of variables
 * that may be secret are null.
 */
export type RunEnvironment = {
  readonly user: { readonly uid: number | null; readonly gid: number | null; readonly groups: readonly number[] };
  readonly umask: string;
  readonly cwd: string;
  /** Soft and hard limit by name, as `/proc` tells them; empty where there is no `/proc`. */
  readonly limits: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | null>>;
};
