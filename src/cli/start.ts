import type { Flags } from '../config/resolve.ts';
import type { Edges } from '../io/edges.ts';
import type { ProcessIdentity } from '../model/run.ts';
import type { CommandOutput } from './command-output.ts';
import { type Configured, daemonLog, readConfigured } from './configured.ts';
import { unsentWarning } from './foreground.ts';
import { handoverText } from './handover.ts';
import { runningAgent } from './pidfile.ts';
import { stopAgent } from './stop.ts';

/**
 * `start`: checks the configuration, then starts the agent in the background and waits until it runs or has failed. Gives the exit
 * status: 0; 1 if one runs already; 2, with its reasons on stderr, if it can't start.
 */
export async function runStart(
  argv: readonly string[],
  flags: Flags,
  edges: Edges,
  talk: CommandOutput,
): Promise<number> {
  const prepared = prepare(flags, edges, talk);
  if (prepared === null) return 2;
  if (prepared.agent !== null) return refuse(prepared.agent, talk);
  return launch(argv, prepared, talk);
}

/** `restart`: checks the configuration, and where that is sound stops the agent, if one runs, and starts it. Gives the exit status as `start` does; 1 also if it could not be stopped. */
export async function runRestart(
  argv: readonly string[],
  flags: Flags,
  edges: Edges,
  talk: CommandOutput,
): Promise<number> {
  const prepared = prepare(flags, edges, talk);
  if (prepared === null) return 2;
  const { agent, config } = prepared;
  if (agent !== null && !(await stopAgent(agent, config.stopGraceMs, edges, talk))) return 1;
  return launch(argv, prepared, talk);
}

function prepare(
  flags: Flags,
  edges: Edges,
  { complain }: CommandOutput,
): (Configured & { readonly agent: ProcessIdentity | null }) | null {
  if (edges.platform === 'win32') {
    complain('there is no background on Windows; let a service manager run: instrument_server [flags] foreground');
    return null;
  }
  const configured = readConfigured(flags, edges);
  if (!configured.ok) {
    configured.error.forEach(complain);
    return null;
  }
  const agent = runningAgent(configured.value.config.pidFile, edges);
  if (!agent.ok) {
    complain(agent.error);
    return null;
  }
  return { ...configured.value, agent: agent.value };
}

async function launch(
  argv: readonly string[],
  { config, warnings, edges }: Configured,
  talk: CommandOutput,
): Promise<number> {
  for (const warning of [...warnings, ...unsentWarning(config)]) talk.complain(`warning: ${warning}`);
  const started = await edges.detach.start(handoverText({ argv, cwd: edges.machine.cwd }));
  if (started.kind === 'ready') {
    await talk.say(`started (pid ${started.pid}); log: ${daemonLog(config)}`);
    return 0;
  }
  const winner = runningAgent(config.pidFile, edges); // that was quicker, where several were started at once
  if (winner.ok && winner.value !== null) return refuse(winner.value, talk);
  for (const line of started.said.split('\n').filter(Boolean)) talk.complain(line);
  if (started.said.trim() === '')
    talk.complain(`the agent ended before it was ready (${started.status ?? 'by a signal'}), without a word`);
  return started.status || 1;
}

function refuse({ pid }: ProcessIdentity, { complain }: CommandOutput): number {
  complain(`already running (pid ${pid})`);
  return 1;
}
