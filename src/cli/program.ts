import { inspect } from 'node:util';
import type { Edges } from '../io/edges.ts';
import { type Terminal, terminal } from '../io/terminal.ts';
import { unreachable } from '../model/result.ts';
import { parseArgs } from './args.ts';
import { runCollector } from './collector.ts';
import { runForeground } from './foreground.ts';

/** Runs one command line, without the program's name, to its end. Gives the exit status. Whatever is thrown in here, or in the background meanwhile, is a fault of ours: it is told, and the status is 1. */
export async function runProgram(argv: readonly string[], edges: Edges): Promise<number> {
  let tellFault = (error: unknown) => terminal.writeError(`instrument_server: a fault of its own: ${inspect(error)}\n`);
  const faulted = new Promise<number>((resolve) => {
    terminal.onFault((error) => {
      tellFault(error);
      resolve(1);
    });
  });
  const work = execute(argv, edges, terminal, (tell) => {
    tellFault = tell;
  }).catch((error: unknown) => {
    tellFault(error);
    return 1;
  });
  return Promise.race([work, faulted]);
}

async function execute(
  argv: readonly string[],
  edges: Edges,
  { write, writeError, stdoutLog, isTerminal, onStopSignal }: Terminal,
  onFaultTeller: (tell: (error: unknown) => void) => void,
): Promise<number> {
  process.title = 'instrument_server'; // takes `-k KEY` out of the process list
  const command = parseArgs(argv, edges.version);
  switch (command.kind) {
    case 'help':
    case 'version':
      await write(command.text);
      return 0;
    case 'usage-error':
      writeError(`instrument_server: ${command.message}\n`);
      return 2;
    case 'collector': {
      const stopped = new Promise<void>((resolve) => onStopSignal(() => resolve()));
      return runCollector(command.options, {
        listen: edges.listen,
        write: (text) => void write(text).catch(() => {}),
        writeError,
        stopped,
      });
    }
    case 'foreground':
      return runForeground(command.flags, {
        edges,
        write,
        writeError,
        stdoutLog,
        stdoutIsTerminal: isTerminal,
        onStopSignal,
        onLogger: (logger) => onFaultTeller(logger.fatal),
      });
    default:
      return unreachable(command);
  }
}
