/** One execution to start. `path` and `stdinPath` are absolute; `env` is the plugin's own section, on top of the launcher's environment. */
export type Invocation = {
  readonly path: string;
  readonly args: readonly string[];
  /** A regular file, handed over open for reading at offset 0; null: nothing to read. */
  readonly stdinPath: string | null;
  readonly env: Readonly<Record<string, string>>;
};

/** What all launches share: where they run, what they find in their environment, and how many of the means to run one are kept between runs. */
export type LaunchContext = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly maxIdle: number;
};

/** How a process went, as the operating system tells it. */
export type Exit =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signaled'; readonly signal: string; readonly status: number }
  /**
   * The script never ran: an errno name, and the system's own words where there are any. It failed when the system was to execute
   * the script, or before that, on what a run needs: its working directory, pipes, its stdin.
   */
  | {
      readonly kind: 'not-started';
      readonly failedAt: 'set-up' | 'exec';
      readonly code: string;
      readonly words: string;
    }
  /** It ran and is gone, but whoever could have learnt how went away first. */
  | { readonly kind: 'unknown' };

/** Where a process writes to. Called until the run's end and never after. A chunk is overwritten after the call: what is kept of it is copied. */
export type OutputListener = { onStdout(chunk: Uint8Array): void; onStderr(chunk: Uint8Array): void };

/** A process on its way. `ended` resolves, never rejects, when it has exited and its pipes are drained; a grandchild that keeps a pipe open holds that back by 300 ms at most. */
export type Launched = {
  /** Null until it is known, and for ever if the script never ran. */
  pid(): number | null;
  readonly ended: Promise<Exit>;
};

/** The edge that starts processes. It never kills or signals one. */
export type Launcher = {
  /** Starts one process in a session of its own; never throws. */
  launch(invocation: Invocation, output: OutputListener): Launched;
  /** The working directory was replaced, or what launches share is another from now on: later ones begin anew. */
  renew(changes?: Partial<LaunchContext>): void;
  /** Lets go: what is idle is removed, what runs is left alone. */
  close(): Promise<void>;
};

/** How long a grandchild that holds a pipe may hold the run's end back, in ms. */
export const pipeGraceMs = 300;
