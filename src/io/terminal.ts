import { writeSync } from 'node:fs';

/** Where the program was started from: its standard output and error, and the signals that reach it. */
export type Terminal = {
  /** Whether stdout is a terminal, and not a file or a pipe. */
  readonly isTerminal: boolean;
  /** Prints on stdout. Resolves when the text is out, rejects when nobody reads it any more. */
  write(text: string): Promise<void>;
  /** Prints on stderr at once; never throws. */
  writeError(text: string): void;
  /** Calls back at each SIGTERM or SIGINT. Two that come together are one: Ctrl-C under npm arrives from the terminal and from npm. */
  onStopSignal(fn: (signal: string) => void): void;
  /** Calls back for an error that nobody caught. */
  onFault(fn: (error: unknown) => void): void;
};

const togetherMs = 300;

/** This process's own. */
export const terminal: Terminal = {
  isTerminal: process.stdout.isTTY === true,
  write: (text) =>
    new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    }),
  writeError(text) {
    try {
      writeSync(2, text);
    } catch {
      // nobody reads it
    }
  },
  onStopSignal(fn) {
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (performance.now() - lastMs < togetherMs) return;
        lastMs = performance.now();
        fn(signal);
      });
    }
  },
  onFault(fn) {
    process.on('uncaughtException', fn);
    process.stdout.on('error', () => {}); // told by `write`
  },
};
