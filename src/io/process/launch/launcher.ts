/**
 * One execution to start. `path` and `stdinPath` are absolute. `env` is the plugin's own section,
 * which is added to the launcher's environment.
 */
export type Invocation = {
  readonly path: string;
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
  readonly ended: Promise<Exit>;
};

/** Starts processes. Never kills or signals one. */
export type Launcher = {
  /** Starts one process in a session of its own; never throws. */
  launch(invocation: Invocation, output: OutputListener): Launched;
  /** Later launches use these changes, and open the working directory again if it was replaced. */
  renew(changes?: Partial<LaunchContext>): void;
  /** Removes what is idle. Does not affect running processes. */
  close(): Promise<void>;
};

/** How long a grandchild that holds a pipe may delay the run's end, in ms. */
export const pipeGraceMs = 300;
