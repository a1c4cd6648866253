import { closeSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { createLineWriter } from './disk/line-writer.ts';
import { type LogDestination, logToDescriptor } from './disk/log-file.ts';

/** The program's standard output and error, and the signals that reach it. */
export type Terminal = {
  /** Whether stdout is a terminal, and not a file or a pipe. */
  readonly isTerminal: boolean;
  /**
   * Prints on stdout, in order with the lines of `stdoutLog`. Resolves when the text is written,
   * rejects when no process reads it any more.
   */
  write(text: string): Promise<void>;
  /** Writes the log to stdout. */
  readonly stdoutLog: LogDestination;
  /** Prints on stderr at once; never throws. */
  writeError(text: string): void;
  /**
   * Calls back at each SIGTERM or SIGINT, and at a SIGHUP if the terminal that the program was
   * started on is gone. Two signals within 300 ms count as one: Ctrl-C under npm arrives from the
   * terminal and from npm.
   */
  onStopSignal(fn: (signal: string) => void): void;
  /**
   * Calls back at each other SIGHUP: a request to read the configuration and open the log file
   * again.
   */
  onHangup(fn: () => void): void;
  /** Calls back for an error that was not caught. */
  onFault(fn: (error: unknown) => void): void;
};

const togetherMs = 300;

const stdout = createLineWriter();

const terminalFds = [0, 1, 2].filter((fd) => isatty(fd)); // as at the start of the program

/** The terminal of this process. */
export const terminal: Terminal = {
  // Node's stdout is not written to. To open it makes a pipe non-blocking, so that a reader that
  // stalls does not stall this process.
  isTerminal: process.stdout.isTTY === true,
  write: (text) => stdout.print(1, text),
  stdoutLog: logToDescriptor(1, stdout),
  writeError(text) {
    try {
      writeSync(2, text);
    } catch {
      // no process reads it
    }
  },
  onStopSignal(fn) {
    let lastMs = Number.NEGATIVE_INFINITY;
    const report = (signal: string) => {
      if (performance.now() - lastMs < togetherMs) return;
      lastMs = performance.now();
      fn(signal);
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, report);
    process.on('SIGHUP', (signal) => {
      if (isTerminalGone()) report(signal);
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

/** A process that has a closed terminal open sees that it is no terminal any more. */
function isTerminalGone(): boolean {
  return terminalFds.length > 0 && !terminalFds.some((fd) => isatty(fd));
}

/**
 * Closes the descriptors of a terminal that is gone. At its end, Node restores the terminal's
 * first settings, and fails if the terminal is gone; it leaves out closed descriptors.
 */
function letGoOfTerminal() {
  if (isTerminalGone()) for (const fd of terminalFds) closeSync(fd);
}
