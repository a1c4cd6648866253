import type { Flags } from '../config/resolve.ts';
import { askAgent } from '../control/client.ts';
import type { Edges } from '../io/edges.ts';
import type { ProcessIdentity } from '../model/run.ts';
import { backgroundLog, type CommandConfig, placesOf, readCommandConfig } from './command-config.ts';
import type { CommandOutput } from './command-output.ts';
import { handoverText } from './handover.ts';
import { pageText } from './page-text.ts';
import { findAgent } from './running-agent.ts';
import { stopAgent } from './stop.ts';
import { unsentWarning } from './unsent.ts';

/**
 * `start`: checks the configuration, then starts the agent in the background and waits until it
 * runs or has failed. Returns the exit status: 0; 1 if an agent runs already; 2, with reasons on
 * stderr, if it can't start.
 */
export async function runStart(
  argv: readonly string[],
  flags: Flags,
  edges: Edges,
  output: CommandOutput,
): Promise<number> {
  const prepared = prepare(flags, edges, output);
  if (prepared === null) return 2;
  if (prepared.agent !== null) return refuse(prepared.agent, output);
  return launch(argv, prepared, output);
}

/**
 * `restart`: checks the configuration. If it is sound, stops the agent, if one runs, and starts
 * it. Returns the exit status as `start` does; 1 also if the agent could not be stopped.
 */
export async function runRestart(
  argv: readonly string[],
  flags: Flags,
  edges: Edges,
  output: CommandOutput,
): Promise<number> {
  const prepared = prepare(flags, edges, output);
  if (prepared === null) return 2;
  const { agent, config } = prepared;
  if (agent !== null && !(await stopAgent(agent, config.stopGraceMs, edges, output))) return 1;
  return launch(argv, prepared, output);
}

function prepare(
  flags: Flags,
  edges: Edges,
  { complain }: CommandOutput,
): (CommandConfig & { readonly agent: ProcessIdentity | null }) | null {
  if (edges.platform === 'win32') {
    complain('Windows has no background processes; let a service manager run the same command with `foreground`');
    return null;
  }
  const command = readCommandConfig(flags, edges);
  if (!command.ok) {
    command.error.forEach(complain);
    return null;
  }
  const agent = findAgent(placesOf(command.value), edges);
  if (!agent.ok) {
    complain(agent.error);
    return null;
  }
  return { ...command.value, agent: agent.value };
}

async function launch(argv: readonly string[], command: CommandConfig, output: CommandOutput): Promise<number> {
  const { config, warnings, edges } = command;
  for (const warning of [...warnings, ...unsentWarning(config)]) output.complain(`warning: ${warning}`);
  const started = await edges.detach.start(handoverText({ argv, cwd: edges.machine.cwd }));
  if (started.kind === 'ready') {
    const page = await askAgent(edges.ask, config.stateDir).pageLink();
    const where = page.ok ? pageText(page.value) : [];
    const facts = [`started (pid ${started.pid})`, `log: ${backgroundLog(config)}`, ...where];
    await output.say(facts.join('; '));
    return 0;
  }
  const winner = findAgent(placesOf(command), edges); // if several were started at once, one was first
  if (winner.ok && winner.value !== null) return refuse(winner.value, output);
  for (const line of started.said.split('\n').filter(Boolean)) output.complain(line);
  if (started.said.trim() === '')
    output.complain(`the agent ended before it was ready (${started.status ?? 'by a signal'}), without a message`);
  return started.status || 1;
}

function refuse({ pid }: ProcessIdentity, { complain }: CommandOutput): number {
  complain(`already running (pid ${pid})`);
  return 1;
}
