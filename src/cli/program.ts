import { inspect } from 'node:util';
import type { Edges } from '../io/edges.ts';
import { detachedWord } from '../io/process/detach.ts';
import { type Terminal, terminal } from '../io/terminal.ts';
import type { Logger } from '../log/logger.ts';
import { unreachable } from '../model/result.ts';
import { type Command, parseArgs } from './args.ts';
import { runCheck } from './check.ts';
import { runClean } from './clean.ts';
import { runCollector } from './collector.ts';
import type { CommandOutput } from './command-output.ts';
import { become, findWhereabouts, readConfigured } from './configured.ts';
import { runDev } from './dev.ts';
import { type ForegroundOptions, runForeground } from './foreground.ts';
import { parseHandover } from './handover.ts';
import { runOnce } from './run.ts';
import { runRestart, runStart } from './start.ts';
import { runStatus } from './status.ts';
import { runKill, runStop } from './stop.ts';

/** Where faults of our own are told: on stderr, and once there is a log, in that. */
type FaultTeller = { tell: (error: unknown) => void };

/** Runs one command line, without the program's name, to its end. Gives the exit status. Whatever is thrown in here, or in the background meanwhile, is a fault of ours: it is told, and the status is 1. */
export async function runProgram(argv: readonly string[], edges: Edges): Promise<number> {
  const faults = { tell: (error: unknown) => terminal.writeError(`instrument_server: ${faultText(error)}\n`) };
  const faulted = new Promise<number>((resolve) => {
    terminal.onFault((error) => {
      faults.tell(error);
      resolve(1);
    });
  });
  process.title = 'instrument_server'; // takes `-k KEY` out of the process list
  const run = argv[0] === detachedWord ? runDetached(edges, terminal, faults) : execute(argv, edges, terminal, faults);
  const work = run.catch((error: unknown) => {
    faults.tell(error);
    return 1;
  });
  return Promise.race([work, faulted]);
}

async function execute(
  argv: readonly string[],
  edges: Edges,
  terminal: Terminal,
  faults: FaultTeller,
): Promise<number> {
  const { write, writeError, onStopSignal, onHangup } = terminal;
  const talk: CommandOutput = {
    say: (line) => write(`${line}\n`).catch(() => {}),
    complain: (line) => writeError(`instrument_server: ${line}\n`),
  };
  const command = parseArgs(argv, edges.version);
  switch (command.kind) {
    case 'help':
    case 'version':
      await write(command.text);
      return 0;
    case 'usage-error':
      talk.complain(command.message);
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
      });
    }
    case 'foreground':
      return runForeground(command.flags, {
        ...agentOptions(edges, terminal, faults),
        talk,
        hasConsole: true,
        onReady() {},
      });
    case 'start':
      return runStart(argv, command.flags, edges, talk);
    case 'restart':
      return runRestart(argv, command.flags, edges, talk);
    case 'stop':
      return runStop(command.flags, edges, talk);
    case 'kill':
      return runKill(command.flags, edges, talk);
    case 'clean':
      return runClean(command.flags, edges, talk);
    case 'status':
      return showStatus(command, edges, terminal, talk);
    case 'run':
    case 'dev':
      return tryOut(command, edges, terminal, talk);
    case 'check':
      return runCheck(command, edges, talk);
    default:
      return unreachable(command);
  }
}

/** `status`: of the agent that the configuration leads to. */
async function showStatus(
  { flags, plugin, isJson }: Extract<Command, { kind: 'status' }>,
  edges: Edges,
  { write, writeError, isTerminal }: Terminal,
  { complain }: CommandOutput,
): Promise<number> {
  const found = findWhereabouts(flags, edges);
  if (!found.ok) {
    found.error.forEach(complain);
    return 2;
  }
  const options = { colours: isTerminal && edges.env['NO_COLOR'] === undefined };
  const print = (text: string) => write(text).catch(() => {}); // nobody reads it any more
  return runStatus(
    { stateDir: found.value.stateDir, plugin, isJson },
    { ask: edges.ask, write: print, writeError, options },
  );
}

/** `run` and `dev`: a script, out of turn. */
async function tryOut(
  command: Extract<Command, { kind: 'run' | 'dev' }>,
  edges: Edges,
  { write, isTerminal, onStopSignal, onHangup }: Terminal,
  { complain }: CommandOutput,
): Promise<number> {
  const configured = readConfigured(command.flags, edges);
  if (!configured.ok) {
    configured.error.forEach(complain);
    return 2;
  }
  const became = become(configured.value.account, configured.value.edges);
  if (!became.ok) {
    complain(became.error);
    return 2;
  }
  const options = { colours: isTerminal && edges.env['NO_COLOR'] === undefined };
  const stopped = new Promise<string>((resolve) => {
    onStopSignal(resolve);
    onHangup(() => resolve('SIGHUP'));
  });
  const unread: { tell: (signal: string) => void } = { tell() {} };
  const talk = { write: (text: string) => write(text).catch(() => unread.tell('SIGPIPE')), complain, options, stopped };
  if (command.kind === 'run') return runOnce(command, configured.value.config, became.value, talk);
  const left = new Promise<string>((resolve) => {
    unread.tell = resolve; // a session that nobody reads is over
  });
  return runDev(command.script, configured.value.config, became.value, {
    ...talk,
    stopped: Promise.race([stopped, left]),
    isTerminal,
  });
}

/** What `start` has started: takes over the command line, and becomes the agent. */
async function runDetached(edges: Edges, terminal: Terminal, faults: FaultTeller): Promise<number> {
  const { text, say, ready } = edges.detach.receive();
  faults.tell = (error) => say(`${faultText(error)}\n`);
  const handover = parseHandover(text);
  const command: Command | null = handover && parseArgs(handover.argv, edges.version);
  if (handover === null || command === null || !('flags' in command)) throw new Error('nothing was handed over');
  const machine = { ...edges.machine, cwd: handover.cwd };
  return runForeground(command.flags, {
    ...agentOptions({ ...edges, machine }, terminal, faults),
    talk: { complain: (line) => say(`${line}\n`) },
    hasConsole: false,
    onReady: ready,
  });
}

function agentOptions(
  edges: Edges,
  terminal: Terminal,
  faults: FaultTeller,
): Pick<ForegroundOptions, 'edges' | 'terminal' | 'onLogger'> {
  const onLogger = ({ fatal }: Logger) => {
    faults.tell = fatal;
  };
  return { edges, terminal, onLogger };
}

function faultText(error: unknown): string {
  return `a fault of its own: ${inspect(error)}`;
}
