import { formatProblem } from '../config/problem.ts';
import { type Flags, resolveConfig } from '../config/resolve.ts';
import { readSource } from '../config/source.ts';
import { startDaemon } from '../daemon.ts';
import { closeInheritedDescriptors } from '../io/descriptors.ts';
import type { Edges } from '../io/edges.ts';
import { type LogDestination, openLogFile } from '../io/log-file.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import type { Config } from '../model/config.ts';
import { ok, type Result } from '../model/result.ts';

/** The terminal and the signals, as far as `foreground` needs them. */
export type ForegroundEdges = {
  readonly edges: Edges;
  /** Prints on stdout; resolves when the text is out, rejects when nobody reads it any more. */
  readonly write: (text: string) => Promise<void>;
  readonly writeError: (text: string) => void;
  readonly stdoutLog: LogDestination;
  readonly stdoutIsTerminal: boolean;
  /** Calls back at each request to stop, with its name. */
  readonly onStopSignal: (fn: (signal: string) => void) => void;
  /** Hands over the log, for the faults that nobody catches. */
  readonly onLogger: (logger: Logger) => void;
};

/** `foreground`: runs the agent here until it is stopped. Gives the exit status: 0 after a stop, 2 with lines on stderr if it can't start. */
export async function runForeground(
  flags: Flags,
  { edges, write, writeError, stdoutLog, stdoutIsTerminal, onStopSignal, onLogger }: ForegroundEdges,
): Promise<number> {
  const source = readSource(edges.configFiles, flags.configFile, edges.machine.cwd);
  const resolved = resolveConfig({ flags, env: edges.env, source, machine: edges.machine });
  if (!resolved.ok) {
    for (const problem of resolved.error) writeError(`instrument_server: ${formatProblem(problem)}\n`);
    return 2;
  }
  const { config, warnings } = resolved.value;
  const destination = openDestination(config, stdoutLog);
  if (!destination.ok) {
    writeError(`instrument_server: ${destination.error}\n`);
    return 2;
  }
  const isTerminal = stdoutIsTerminal && config.log.location === null;
  const logger = createLogger({
    level: config.log.level,
    destination: destination.value,
    format: isTerminal ? 'terminal' : 'json',
    colours: isTerminal && edges.env['NO_COLOR'] === undefined,
    clock: edges.clock,
  });
  onLogger(logger);
  for (const problem of warnings) logger.emit({ event: 'config.warned', problem });
  closeInheritedDescriptors(); // not before the files are read: `-f <(…)` is one of them
  let onUnread = () => {};
  const print = (text: string) =>
    write(text).catch((error: unknown) => {
      onUnread();
      throw error;
    });
  const started = startDaemon(config, edges, { emit: logger.emit, write: print });
  if (!started.ok) {
    writeError(`instrument_server: ${started.error}\n`);
    return 2;
  }
  await new Promise<void>((resolve) => {
    const stop = (reason: string) => void started.value.stop(reason).then(resolve);
    onStopSignal(stop);
    onUnread = () => stop('nobody reads the samples any more');
  });
  logger.close();
  return 0;
}

function openDestination({ log }: Config, stdoutLog: LogDestination): Result<LogDestination, string> {
  return log.location === null ? ok(stdoutLog) : openLogFile(log.location, () => log.maxSizeBytes);
}
