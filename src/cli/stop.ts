import type { Flags } from '../config/resolve.ts';
import type { Edges } from '../io/edges.ts';
import type { ProcessIdentity } from '../model/run.ts';
import type { CommandOutput } from './command-output.ts';
import { findWhereabouts } from './configured.ts';
import { pidFileText, runningAgent } from './pidfile.ts';

const pollMs = 50;
const killPatienceMs = 10_000;

/** `stop`: asks the agent of the pid file to stop and waits until it is gone. Gives the exit status: 0, also where none runs; 1 if it is still there; 2 if it can't be looked for. */
export async function runStop(flags: Flags, edges: Edges, talk: CommandOutput): Promise<number> {
  const found = findAgent(flags, edges, talk);
  if (found === null) return 2;
  if (found.agent === null) return told(talk, 'not running');
  const { pid } = found.agent;
  return (await stopAgent(found.agent, found.stopGraceMs, found.edges, talk)) ? told(talk, `stopped (pid ${pid})`) : 1;
}

/** `kill`: ends the agent of the pid file at once. Gives the exit status as `stop` does. */
export async function runKill(flags: Flags, edges: Edges, talk: CommandOutput): Promise<number> {
  const found = findAgent(flags, edges, talk);
  if (found === null) return 2;
  const { agent, pidFile } = found;
  if (agent === null) return told(talk, 'not running');
  if (!(await end(agent, 'SIGKILL', killPatienceMs, found.edges, talk))) return 1;
  found.edges.pidFiles.remove(pidFile, ({ text }) => text === pidFileText(agent));
  return told(talk, `killed (pid ${agent.pid})`);
}

/** Asks the agent to stop, and waits for as long as its graces can take. Whether it is gone; if not, why was told. */
export function stopAgent(
  agent: ProcessIdentity,
  stopGraceMs: number,
  edges: Edges,
  talk: CommandOutput,
): Promise<boolean> {
  return end(agent, 'SIGTERM', stopGraceMs * 3 + 10_000, edges, talk);
}

function findAgent(flags: Flags, edges: Edges, { complain }: CommandOutput) {
  const whereabouts = findWhereabouts(flags, edges);
  if (!whereabouts.ok) {
    whereabouts.error.forEach(complain);
    return null;
  }
  const agent = runningAgent(whereabouts.value.pidFile, whereabouts.value.edges);
  if (agent.ok) return { ...whereabouts.value, agent: agent.value };
  complain(agent.error);
  return null;
}

async function end(
  agent: ProcessIdentity,
  signal: 'SIGTERM' | 'SIGKILL',
  patienceMs: number,
  { signalAgent, processes, clock }: Edges,
  { complain }: CommandOutput,
): Promise<boolean> {
  if (signalAgent(agent, signal) === 'forbidden') {
    complain(`the agent (pid ${agent.pid}) is another user's; type the same as that user, or with sudo`);
    return false;
  }
  const patientUntilMs = clock.monotonicMs() + patienceMs;
  while (processes.isAlive(agent)) {
    if (clock.monotonicMs() >= patientUntilMs) {
      const instead =
        signal === 'SIGTERM'
          ? 'its log says why; to end it at once, type the same with kill'
          : 'the system holds it, as a dead disk does';
      complain(`the agent (pid ${agent.pid}) is still there after ${Math.round(patienceMs / 1000)} s; ${instead}`);
      return false;
    }
    await new Promise<void>((resolve) => clock.after(pollMs, resolve));
  }
  return true;
}

async function told({ say }: CommandOutput, text: string): Promise<number> {
  await say(text);
  return 0;
}
