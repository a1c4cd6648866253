import type { Flags } from '../config/resolve.ts';
import type { Edges } from '../io/edges.ts';
import type { ProcessIdentity } from '../model/run.ts';
import { locateAgent } from './command-config.ts';
import type { CommandOutput } from './command-output.ts';
import { pidFileText } from './pidfile.ts';
import { findAgent } from './running-agent.ts';

const pollMs = 50;
const killPatienceMs = 10_000;

/**
 * `stop`: asks the running agent to stop, and waits until it is gone. Returns the exit
 * status: 0, also if no agent runs; 1 if it is still running; 2 if it can't be looked for.
 */
export async function runStop(flags: Flags, edges: Edges, output: CommandOutput): Promise<number> {
  const found = lookFor(flags, edges, output);
  if (found === null) return 2;
  const { agent } = found;
  if (agent === null) return succeed(output, 'not running');
  if (!(await stopAgent(agent, found.stopGraceMs, found.edges, output))) return 1;
  return succeed(output, `stopped (pid ${agent.pid})`);
}

/** `kill`: ends the running agent at once. Returns the exit status as `stop` does. */
export async function runKill(flags: Flags, edges: Edges, output: CommandOutput): Promise<number> {
  const found = lookFor(flags, edges, output);
  if (found === null) return 2;
  const { agent, pidFile } = found;
  if (agent === null) return succeed(output, 'not running');
  if (!(await endAgent(agent, 'SIGKILL', killPatienceMs, found.edges, output))) return 1;
  found.edges.pidFiles.remove(pidFile, ({ text }) => text === pidFileText(agent));
  return succeed(output, `killed (pid ${agent.pid})`);
}

/**
 * Asks the agent to stop, and waits as long as its grace periods can take. Returns whether it is
 * gone; if it is not, has printed why.
 */
export function stopAgent(
  agent: ProcessIdentity,
  stopGraceMs: number,
  edges: Edges,
  output: CommandOutput,
): Promise<boolean> {
  return endAgent(agent, 'SIGTERM', stopGraceMs * 3 + 10_000, edges, output);
}

function lookFor(flags: Flags, edges: Edges, { complain }: CommandOutput) {
  const location = locateAgent(flags, edges);
  if (!location.ok) {
    location.error.forEach(complain);
    return null;
  }
  const agent = findAgent(location.value, location.value.edges);
  if (agent.ok) return { ...location.value, agent: agent.value };
  complain(agent.error);
  return null;
}

async function endAgent(
  agent: ProcessIdentity,
  signal: 'SIGTERM' | 'SIGKILL',
  patienceMs: number,
  { signalAgent, processes, clock }: Edges,
  { complain }: CommandOutput,
): Promise<boolean> {
  if (signalAgent(agent, signal) === 'forbidden') {
    complain(`the agent (pid ${agent.pid}) belongs to another user; type the same command as that user, or with sudo`);
    return false;
  }
  const patientUntilMs = clock.monotonicMs() + patienceMs;
  while (processes.isAlive(agent)) {
    if (clock.monotonicMs() >= patientUntilMs) {
      const advice =
        signal === 'SIGTERM'
          ? 'its log says why; to end it at once, type the same command with kill'
          : 'the operating system has not ended it yet, as happens when a disk does not answer';
      complain(`the agent (pid ${agent.pid}) is still running after ${Math.round(patienceMs / 1000)} s; ${advice}`);
      return false;
    }
    await new Promise<void>((resolve) => clock.after(pollMs, resolve));
  }
  return true;
}

async function succeed({ say }: CommandOutput, text: string): Promise<number> {
  await say(text);
  return 0;
}
