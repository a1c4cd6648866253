import { inspect } from 'node:util';
import type { Edges } from '../io/edges.ts';
import { detachedWord } from '../io/process/detach.ts';
import { terminal as ownTerminal, type Terminal } from '../io/terminal.ts';
import type { Logger } from '../log/logger.ts';
import { unreachable } from '../model/result.ts';
import { type Command, parseArgs } from './args.ts';
import { runBackup } from './backup.ts';
import { runCheck } from './check.ts';
import { runClean } from './clean.ts';
import { runCollector } from './collector.ts';
import { becomeUser, locateAgent, readCommandConfig } from './command-config.ts';
import type { CommandOutput } from './command-output.ts';
import { runDev } from './dev.ts';
import { type ForegroundOptions, runForeground } from './foreground.ts';
import { parseHandover } from './handover.ts';
import { runImport } from './import/import.ts';
import { runLink } from './link.ts';
import { ownProgramOf } from './own-program.ts';
import { runTrial } from './run.ts';
import { type AgentPlaces, findAgent } from './running-agent.ts';
import { runRestart, runStart } from './start.ts';
import { runNames, runStatus } from './status.ts';
import { runKill, runStop } from './stop.ts';

/** Reports faults of the program itself: on stderr, and in the log once there is one. */
type FaultReporter = { report: (error: unknown) => void };

/**
 * Runs one command line, without the program's name, to its end. Returns the exit status. Whatever
 * is thrown meanwhile is a fault of the program itself: it is reported, and the status is 1.
 * `onReady` is called once an agent runs in the foreground, with its page. It prints on `terminal`.
 */
export async function runProgram(
  argv: readonly string[],
  edges: Edges,
  onReady: ForegroundOptions['onReady'] = () => {},
  terminal: Terminal = ownTerminal,
): Promise<number> {
  const faults = { report: (error: unknown) => terminal.writeError(`instrument_server: ${faultText(error)}\n`) };
  const faulted = new Promise<number>((resolve) => {
    terminal.onFault((error) => {
      faults.report(error);
      resolve(1);
    });
  });
  process.title = 'instrument_server'; // removes `-k KEY` from the list of processes
  const run =
    argv[0] === detachedWord ? runDetached(edges, terminal, faults) : execute(argv, edges, terminal, faults, onReady);
  const work = run.catch((error: unknown) => {
    faults.report(error);
    return 1;
  });
  return Promise.race([work, faulted]);
}

async function execute(
  argv: readonly string[],
  edges: Edges,
  terminal: Terminal,
  faults: FaultReporter,
  onReady: ForegroundOptions['onReady'],
): Promise<number> {
  const { write, writeError, onStopSignal, onHangup } = terminal;
  const output: CommandOutput = {
    say: (line) => write(`${line}\n`).catch(() => {}),
    complain: (line) => writeError(`instrument_server: ${line}\n`),
  };
  const command = parseArgs(argv, edges.version, edges.program);
  switch (command.kind) {
    case 'help':
    case 'version':
    case 'completion':
      await write(command.text);
      return 0;
    case 'usage-error':
      output.complain(command.message);
      return 2;
    case 'collector': {
      const stopped = new Promise<void>((resolve) => {
        onStopSignal(() => resolve());
        onHangup(resolve);
      });
      return runCollector(command.options, {
        listen: edges.listen,
        write: (text) => void write(text).catch(() => {}),
        writeError,
        stopped,
        program: edges.program,
      });
    }
    case 'foreground':
      return runForeground(command.flags, {
        ...agentOptions(edges, terminal, faults),
        output,
        hasConsole: true,
        onReady,
      });
    case 'start':
      return runStart(argv, command.flags, edges, output);
    case 'restart':
      return runRestart(argv, command.flags, edges, output);
    case 'stop':
      return runStop(command.flags, edges, output);
    case 'kill':
      return runKill(command.flags, edges, output);
    case 'clean':
      return runClean(command.flags, edges, output);
    case 'backup':
      return runBackup(command, edges, output);
    case 'import':
      return runImport(command, edges, { write: (text) => write(text).catch(() => {}), complain: output.complain });
    case 'status':
    case 'names':
    case 'link':
      return showStatus(command, edges, terminal, output);
    case 'run':
    case 'dev':
      return runTrials(command, edges, terminal, output);
    case 'check':
      return runCheck(command, edges, output);
    default:
      return unreachable(command);
  }
}

/** `status`, with `--names` too, and `link`: ask the agent that the configuration leads to. */
async function showStatus(
  command: Extract<Command, { kind: 'status' | 'names' | 'link' }>,
  edges: Edges,
  { write, writeError, isTerminal }: Terminal,
  { complain }: CommandOutput,
): Promise<number> {
  const location = locateAgent(command.flags, edges);
  if (!location.ok) {
    location.error.forEach(complain);
    return 2;
  }
  const options = { colours: isTerminal && edges.env['NO_COLOR'] === undefined };
  const print = (text: string) => write(text).catch(() => {}); // stdout has no reader any more
  const places = location.value;
  const answering = {
    ask: edges.ask,
    findAgent: (where: AgentPlaces) => findAgent(where, places.edges),
    write: print,
    writeError,
    options,
  };
  if (command.kind === 'link') return runLink(places, answering);
  if (command.kind === 'names') return runNames(places, answering);
  const { plugin, isJson } = command;
  return runStatus({ places, plugin, isJson }, answering);
}

/** `run` and `dev`: trials of a script. */
async function runTrials(
  command: Extract<Command, { kind: 'run' | 'dev' }>,
  edges: Edges,
  { write, isTerminal, onStopSignal, onHangup }: Terminal,
  { complain }: CommandOutput,
): Promise<number> {
  const read = readCommandConfig(command.flags, edges);
  if (!read.ok) {
    read.error.forEach(complain);
    return 2;
  }
  const { config, account } = read.value;
  const became = becomeUser(account, read.value.edges);
  if (!became.ok) {
    complain(became.error);
    return 2;
  }
  const options = { colours: isTerminal && edges.env['NO_COLOR'] === undefined };
  const stopped = new Promise<string>((resolve) => {
    onStopSignal(resolve);
    onHangup(() => resolve('SIGHUP'));
  });
  let onNoReader = (_signal: string) => {};
  const noReader = new Promise<string>((resolve) => {
    onNoReader = resolve;
  });
  const print = (text: string) => write(text).catch(() => onNoReader('SIGPIPE'));
  const request = { ...command, own: ownProgramOf(command.flags, read.value, became.value) };
  if (request.kind === 'run')
    return runTrial(request, config, became.value, { write: print, complain, options, stopped });
  return runDev(request, config, became.value, {
    write: print,
    complain,
    options,
    stopped: Promise.race([stopped, noReader]), // a session without a reader is over
    isTerminal,
  });
}

/** The process that `start` has started: receives the command line, and becomes the agent. */
async function runDetached(edges: Edges, terminal: Terminal, faults: FaultReporter): Promise<number> {
  const { text, say, ready } = edges.detach.receive();
  faults.report = (error) => say(`${faultText(error)}\n`);
  const handover = parseHandover(text);
  const command: Command | null = handover && parseArgs(handover.argv, edges.version, edges.program);
  if (handover === null || command === null || !('flags' in command))
    throw new Error('no command line was handed over');
  const machine = { ...edges.machine, cwd: handover.cwd };
  return runForeground(command.flags, {
    ...agentOptions({ ...edges, machine }, terminal, faults),
    output: { complain: (line) => say(`${line}\n`) },
    hasConsole: false,
    onReady: () => ready(),
  });
}

function agentOptions(
  edges: Edges,
  terminal: Terminal,
  faults: FaultReporter,
): Pick<ForegroundOptions, 'edges' | 'terminal' | 'onLogger'> {
  const onLogger = ({ fatal }: Logger) => {
    faults.report = fatal;
  };
  return { edges, terminal, onLogger };
}

function faultText(error: unknown): string {
  return `a fault of its own: ${inspect(error)}`;
}
