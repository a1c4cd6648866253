import { writeSync } from 'node:fs';
import { createLineWriter } from './line-writer.ts';
import { type LogDestination, logToDescriptor } from './log-file.ts';

/** Where the program was started from: its standard output and error, and the signals that reach it. */
export type Terminal = {
  /** Whether stdout is a terminal, and not a file or a pipe. */
  readonly isTerminal: boolean;
  /** Prints on stdout, in order with the lines of `stdoutLog`. Resolves when the text is out, rejects when nobody reads it any more. */
  write(text: string): Promise<void>;
  /** The log's way to stdout. */
  readonly stdoutLog: LogDestination;
  /** Prints on stderr at once; never throws. */
  writeError(text: string): void;
  /** Calls back at each SIGTERM, SIGINT or SIGHUP (the terminal was closed). Two that come together are one: Ctrl-C under npm arrives from the terminal and from npm. */
  onStopSignal(fn: (signal: string) => void): void;
  /** Calls back for an error that nobody caught. */
  onFault(fn: (error: unknown) => void): void;
};

const togetherMs = 300;

const stdout = createLineWriter();

/** This process's own. */
export const terminal: Terminal = {
  isTerminal: process.stdout.isTTY === true, // Node's stdout is not written to; opening it makes a pipe non-blocking, so that a stalled reader stalls nobody
  write: (text) => stdout.print(1, text),
  stdoutLog: logToDescriptor(1, stdout),
  writeError(text) {
    try {
      writeSync(2, text);
    } catch {
      // nobody reads it
    }
  },
  onStopSignal(fn) {
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (performance.now() - lastMs < togetherMs) return;
        lastMs = performance.now();
        fn(signal);
      });
    }
  },
  onFault(fn) {
    process.on('uncaughtException', fn);
  },
};
