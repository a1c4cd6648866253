import { closeSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { createLineWriter } from './disk/line-writer.ts';
import { type LogDestination, logToDescriptor } from './disk/log-file.ts';

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
  /** Calls back at each SIGTERM or SIGINT, and at a SIGHUP once the terminal that the program was started on is gone. Two that come together are one: Ctrl-C under npm arrives from the terminal and from npm. */
  onStopSignal(fn: (signal: string) => void): void;
  /** Calls back at each other SIGHUP: somebody asks for the configuration and the log's file to be taken anew. */
  onHangup(fn: () => void): void;
  /** Calls back for an error that nobody caught. */
  onFault(fn: (error: unknown) => void): void;
};

const togetherMs = 300;

const stdout = createLineWriter();

const startedOn = [0, 1, 2].filter((fd) => isatty(fd));

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
    const tell = (signal: string) => {
      if (performance.now() - lastMs < togetherMs) return;
      lastMs = performance.now();
      fn(signal);
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, tell);
    process.on('SIGHUP', (signal) => {
      if (isTerminalGone()) tell(signal);
    });
    process.on('exit', letGoOfTerminal);
  },
  onHangup(fn) {
    process.on('SIGHUP', () => {
      if (!isTerminalGone()) fn();
    });
  },
  onFault(fn) {
    process.on('uncaughtException', fn);
  },
};

/** A terminal that was closed is one no longer for whoever still has it open. */
function isTerminalGone(): boolean {
  return startedOn.length > 0 && !startedOn.some((fd) => isatty(fd));
}

/** Node gives the terminal its first settings back at its end, and takes it for a fault that one which is gone can't be set; what is closed it leaves out. */
function letGoOfTerminal() {
  if (isTerminalGone()) for (const fd of startedOn) closeSync(fd);
}
