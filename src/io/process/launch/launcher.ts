import type { RunUsage } from '../../../model/run.ts';
import type { DescriptorUse } from './descriptor-budget.ts';

/**
 * One execution to start. `path`, `stdinPath` and `cwd` are absolute. `env` is the plugin's own
 * section, which is added to the launcher's environment.
 */
export type Invocation = {
  readonly path: string;
  /** The plugin's identity, under which the run is recorded; missing: the name of the file. */
  readonly file?: string;
  /** The working directory; missing: that of the launcher. */
  readonly cwd?: string | undefined;
  readonly args: readonly string[];
  /** A regular file, which the process reads from offset 0; null: its stdin is empty. */
  readonly stdinPath: string | null;
  readonly env: Readonly<Record<string, string>>;
};

/**
 * What all launches share: working directory, environment, and how many pairs of FIFOs are kept
 * between runs.
 */
export type LaunchContext = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly maxIdle: number;
};

/** How a process ended, as the operating system reports it. */
export type Exit =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signaled'; readonly signal: string; readonly status: number }
  /**
   * The script never ran: an errno name, and the system's own words if there are any. `exec`: the
   * system could not execute the script. `set-up`: it failed before that, on what a run needs:
   * working directory, FIFOs, stdin.
   */
  | {
      readonly kind: 'not-started';
      readonly failedAt: 'set-up' | 'exec';
      readonly code: string;
      readonly words: string;
    }
  /** It ran, but its exit status was collected by someone else. */
  | { readonly kind: 'unknown' };

/**
 * Gets the output of a process, until the run's end and never after. A chunk is overwritten after
 * the call, so what is to be kept must be copied.
 */
export type OutputListener = { onStdout(chunk: Uint8Array): void; onStderr(chunk: Uint8Array): void };

/**
 * A process that was started. `ended` resolves, and never rejects, when the process has exited and
 * its pipes are drained. A grandchild that keeps a pipe open delays that by 300 ms at most.
 */
export type Launched = {
  /** Null until it is known, and always if the script never ran. */
  pid(): number | null;
  /** What it has used, once it has ended; missing: that is never known. */
  usage?(): RunUsage;
  readonly ended: Promise<Exit>;
};

/** A pair of FIFOs of a former agent, which processes that a run left behind hold. */
export type FormerPair = { readonly file: string; readonly prefix: string; readonly pids: readonly number[] };

/** What runs have left behind that still holds their output. `file` is that of `Invocation`. */
export type LeftBehindRuns = {
  /**
   * `onChange` gets the scripts for which more is held than at the last look, and those for which
   * something is not held any more.
   */
  onChange(onChange: (files: ReadonlySet<string>) => void): void;
  /** Takes in what runs of a former agent left behind. Their FIFOs are read elsewhere. */
  adopt(former: readonly FormerPair[]): void;
  /** Whether anything is held. */
  hasPairs(): boolean;
  /**
   * What the runs of a script have left behind; null: nothing that was seen at a look. `count` is
   * the number of processes; where these can't be seen, of runs.
   */
  of(file: string): { readonly count: number; readonly pids: readonly number[] } | null;
};

/** Starts processes. Never kills or signals one. */
export type Launcher = {
  /** Starts one process in a session of its own; never throws. */
  launch(invocation: Invocation, output: OutputListener): Launched;
  /** Later launches use these changes, and open the working directory again if it was replaced. */
  renew(changes?: Partial<LaunchContext>): void;
  /** Removes what is idle. Does not affect running processes. */
  close(): Promise<void>;
  /** What runs left behind; null: this launcher does not know. */
  readonly leftBehind: LeftBehindRuns | null;
  /**
   * Null: a run can begin now, as far as descriptors go. Else it waits, and resolves when that may
   * have changed.
   */
  untilRoom(): Promise<void> | null;
  /** Counts the descriptors again. To be called at each tick. */
  countDescriptors(): DescriptorUse;
};

/** How long a grandchild that holds a pipe may delay the run's end, in ms. */
export const pipeGraceMs = 300;
