import type { Advice } from './advice.ts';
import type { AnnotatedOutput } from './annotated.ts';
import type { Ending } from './run.ts';

/** What a run is told of the one before it. `stdout` is its output, byte for byte, in base64. */
export type PreviousRun = { readonly endedAtS: number; readonly status: number; readonly stdout: string };

/** A run whose outcome is shown and goes nowhere else: no sample is sent, and the next run is told nothing of it. */
export type TrialResult = {
  readonly file: string;
  /** Before each metric's name: `HOST.PLUGIN`. */
  readonly prefix: string;
  /** What the script was called with: argv[1], and argv[2] where there is one. */
  readonly args: readonly string[];
  readonly stdinBytes: number;
  readonly pid: number | null;
  readonly ending: Ending;
  /** Why its samples would not be sent, with what to type; null: they would. */
  readonly failure: Advice | null;
  readonly endedAtS: number;
  readonly durationMs: number;
  /** What is kept of its output, in base64. */
  readonly stdout: string;
  /** Beyond what is kept. */
  readonly droppedBytes: number;
  /** Why less of it is kept than is allowed, in the system's words; null: all that is allowed is kept. */
  readonly outputLost: string | null;
  readonly output: AnnotatedOutput;
  /** Line by line, as the log would have it. */
  readonly stderr: readonly string[];
};

/** How a trial goes on. */
export type TrialEvent =
  /** The agent does not run this one. `no-plugin`: there is no such script in its directory, or it is rejected; `not-now`: something else keeps it from it. */
  | { readonly event: 'refused'; readonly reason: 'no-plugin' | 'not-now'; readonly advice: Advice }
  /** It is in flight, and a plugin is never doubled: the trial begins when that run has ended. */
  | { readonly event: 'waiting'; readonly pid: number | null; readonly elapsedS: number }
  | { readonly event: 'started' }
  | ({ readonly event: 'ended' } & TrialResult);

/** What a process finds around it, as far as scripts commonly depend on it. Values of variables that may be secret are null. */
export type RunEnvironment = {
  readonly user: { readonly uid: number | null; readonly gid: number | null; readonly groups: readonly number[] };
  readonly umask: string;
  readonly cwd: string;
  /** Soft and hard limit by name, as `/proc` tells them; empty where there is no `/proc`. */
  readonly limits: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | null>>;
};
