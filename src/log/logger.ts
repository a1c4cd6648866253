import { inspect } from 'node:util';
import { pino } from 'pino';
import type { Clock } from '../io/clock.ts';
import type { LogDestination } from '../io/disk/log-file.ts';
import { errorOf } from '../io/errors.ts';
import type { LogLevel } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import { visible } from '../words/visible.ts';
import { type LogLine, levelOf, logLine } from './catalogue.ts';
import { createRunLines } from './run-lines.ts';
import { terminalLine } from './terminal.ts';

/**
 * `json`: one object a line, with `level`, `time` in ISO 8601, `event`, the facts and `msg`.
 * `terminal`: for a person.
 */
export type LogFormat = 'json' | 'terminal';

/** The agent's log. */
export type Logger = {
  readonly emit: Emit;
  /** Logs why the agent ends, with the stack. Never throws. */
  fatal(error: unknown): void;
  /** Changes the level: lines at it and above it are logged. */
  setLevel(level: LogLevel): void;
  /** Opens the file again, after it was moved away. */
  reopen(): void;
  /** Writes what still waits, where it can be, and closes the file. Nothing is logged after it. */
  close(): void;
};

/** Creates the log. It owns `destination` from now on: `close` closes it. */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly destination: LogDestination;
  readonly format: LogFormat;
  /** Only for `terminal`. */
  readonly colours: boolean;
  readonly clock: Clock;
}): Logger {
  const { destination, clock, colours } = options;
  const runLines = createRunLines(clock);
  let isClosed = false;
  const json = pino(
    {
      level: options.level,
      base: null, // the field `pid` is a plugin's, not ours
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    { write },
  );

  function write(text: string): void {
    if (isClosed) return;
    const trouble = destination.write(text);
    if (trouble !== null) reportTrouble(trouble);
  }

  /** Written past `write`, so that trouble with writing it is not logged again and again. */
  function reportTrouble(detail: string): void {
    const line: LogLine = {
      level: 'warn',
      msg: 'the log itself has trouble',
      fields: { event: 'log.troubled', detail },
    };
    if (options.format === 'terminal') destination.write(terminalLine(line, clock.nowMs(), { colours }));
    else {
      const time = new Date(clock.nowMs()).toISOString();
      destination.write(`${JSON.stringify({ level: line.level, time, ...line.fields, msg: line.msg })}\n`);
    }
  }

  function put(line: LogLine): void {
    if (options.format === 'terminal') write(terminalLine(line, clock.nowMs(), { colours }));
    else json[line.level](line.fields, line.msg);
  }

  return {
    emit(event) {
      for (const line of runLines.of(event)) if (json.isLevelEnabled(levelOf(line))) put(logLine(line));
    },
    fatal(thrown) {
      const error = errorOf(thrown);
      const msg = 'the agent ends because of a fault of its own';
      if (options.format === 'json') return put({ level: 'fatal', msg, fields: { err: error } });
      put({ level: 'fatal', msg, fields: {} });
      for (const line of inspect(error).split('\n')) write(`  ${visible(line)}\n`);
    },
    setLevel(level) {
      json.level = level;
    },
    reopen() {
      const trouble = destination.reopen();
      if (trouble !== null) reportTrouble(trouble);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      destination.close();
    },
  };
}
