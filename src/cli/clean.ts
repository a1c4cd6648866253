import { join } from 'node:path';
import type { Flags } from '../config/resolve.ts';
import { controlSocket } from '../control/client.ts';
import { removeLeftover } from '../io/disk/files.ts';
import { takeLock } from '../io/disk/lock.ts';
import type { Edges } from '../io/edges.ts';
import { codeOf } from '../io/errors.ts';
import { fifoFolder } from '../io/process/fifo/fifo-folder.ts';
import { removeIdleFifos } from '../io/process/fifo/leftover-fifos.ts';
import { err, ok, type Result } from '../model/result.ts';
import { counted } from '../words/counted.ts';
import { type AgentLocation, locateAgent } from './command-config.ts';
import type { CommandOutput } from './command-output.ts';
import { agentIn } from './pidfile.ts';
import { findAgent } from './running-agent.ts';

/**
 * `clean`: removes what a stopped agent left behind: pid file, log, control socket and pipes.
 * Never removes its database or the kept outputs, and nothing while it runs. Returns the exit
 * status: 0; 1 if the agent runs, or if something can't be removed; 2 if the agent can't be
 * looked for.
 */
export async function runClean(flags: Flags, edges: Edges, { say, complain }: CommandOutput): Promise<number> {
  const location = locateAgent(flags, edges);
  if (!location.ok) {
    location.error.forEach(complain);
    return 2;
  }
  const running = findAgent(location.value, location.value.edges);
  if (!running.ok || running.value !== null) {
    complain(running.ok ? `the agent is running (pid ${running.value?.pid}); stop it first` : running.error);
    return 1;
  }
  const lock = holdLock(location.value);
  if (!lock.ok) {
    complain(lock.error);
    return 1;
  }
  const { removed, failed } = removeAll(location.value);
  lock.value.release();
  for (const line of removed.length === 0 && failed.length === 0 ? ['nothing to remove'] : removed) await say(line);
  failed.forEach(complain);
  return failed.length === 0 ? 0 : 1;
}

/** Locks the state directory, so that no agent starts while files are removed. */
function holdLock({ stateDir, edges }: AgentLocation): Result<{ release(): void }, string> {
  const path = join(stateDir, 'lock');
  // Without a lock file no agent has been here. None is made: it would belong to this user, and
  // not to the agent's.
  if (edges.files.facts(path).kind !== 'file') return ok({ release() {} });
  try {
    const lock = takeLock(path);
    return lock === null ? err(`an agent has begun to use the state directory ${stateDir}; stop it first`) : ok(lock);
  } catch (error) {
    return err(
      `the state directory ${stateDir} can't be used: ${codeOf(error)}; type the same command as the agent's user`,
    );
  }
}

function removeAll({ stateDir, tempDir, pidFile, logFile, edges }: AgentLocation) {
  const removed: string[] = [];
  const failed: string[] = [];
  function remove(path: string, kind: 'file' | 'socket') {
    try {
      if (removeLeftover(path, kind)) removed.push(`removed ${path}`);
    } catch (error) {
      failed.push(`${path} can't be removed: ${codeOf(error)}`);
    }
  }
  const present = edges.pidFiles.read(pidFile);
  if (!present.ok) failed.push(present.error);
  else if (present.value !== null && edges.pidFiles.remove(pidFile, (file) => agentIn(file, edges.processes) === null))
    removed.push(`removed ${pidFile}`);
  else if (present.value !== null) failed.push(`${pidFile} can't be removed`);
  for (const path of [logFile, `${logFile}.1`]) remove(path, 'file');
  remove(controlSocket(stateDir), 'socket');
  const pipes = removeIdleFifos(fifoFolder(stateDir, tempDir));
  if (pipes.removed > 0) removed.push(`removed ${counted(pipes.removed, 'pipe')}`);
  if (pipes.held > 0) removed.push(`left ${counted(pipes.held, 'pipe')}: running scripts have them open`);
  return { removed, failed };
}
