import { controlSocket } from '../control/client.ts';
import { lockPath, readLock } from '../io/disk/lock.ts';
import type { Edges } from '../io/edges.ts';
import { directoryName } from '../io/process/held-names.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { ProcessIdentity } from '../model/run.ts';
import { parseProcessLine } from '../words/process-line.ts';
import { quoted } from '../words/shell-words.ts';
import { isRunBy, runningAgent } from './pidfile.ts';

/** Where a command looks for an agent. `uid` is the user that it runs as. */
export type AgentPlaces = { readonly stateDir: string; readonly pidFile: string; readonly uid: number | null };

/** A running agent, and the fact that led to it. */
export type FoundAgent = ProcessIdentity & {
  readonly foundBy: 'lock' | 'name' | 'pid-file';
  /** Whether there is a socket file, so that it only does not answer. */
  readonly hasSocket: boolean;
};

/**
 * Finds the running agent of a state directory: the one answer that all commands go by. Null: no
 * agent runs. Three facts lead to it, the first one decides:
 *
 * 1. the process that holds the lock in the state directory, and has written its id there;
 * 2. the process that holds the name of the state directory, which outlives the directory;
 * 3. the process that the pid file names, which may use another state directory.
 *
 * An error is a sentence for the user: it can't be found out.
 */
export function findAgent({ stateDir, pidFile, uid }: AgentPlaces, edges: Edges): Result<FoundAgent | null, string> {
  const locked = lockHolder(stateDir, edges);
  if (!locked.ok) return locked;
  const hasSocket = edges.files.facts(controlSocket(stateDir)).kind !== 'failed';
  if (locked.value.agent !== null) return ok({ ...locked.value.agent, foundBy: 'lock', hasSocket });
  const pid = edges.heldNames.holder(directoryName('state', uid, stateDir));
  const named = pid === null ? null : edges.processes.identify(pid);
  if (named !== null) return ok({ ...named, foundBy: 'name', hasSocket });
  const noted = runningAgent(pidFile, edges);
  if (!noted.ok) return noted;
  if (noted.value !== null) return ok({ ...noted.value, foundBy: 'pid-file', hasSocket });
  if (!locked.value.isHeld) return ok(null);
  return err(
    `a process holds the lock of the state directory ${stateDir}, and it is not known which one; ` +
      `try again, or find it with: fuser ${quoted(lockPath(stateDir))}`,
  );
}

/** Says that an agent runs and can't be asked, and why. */
export function unanswered({ pid, foundBy, hasSocket }: FoundAgent, { stateDir, pidFile }: AgentPlaces): string {
  if (foundBy === 'pid-file')
    return (
      `running (pid ${pid}), says the pid file ${pidFile}, and not on the state directory ${stateDir}; ` +
      'name its own with --state-dir DIR'
    );
  const socket = controlSocket(stateDir);
  return hasSocket
    ? `running (pid ${pid}), it does not answer on its socket ${socket} yet; try again`
    : `running (pid ${pid}), its socket ${socket} is missing; the agent makes it again at its next tick`;
}

function lockHolder(
  stateDir: string,
  { files, processes }: Edges,
): Result<{ readonly isHeld: boolean; readonly agent: ProcessIdentity | null }, string> {
  const path = lockPath(stateDir);
  const lock = readLock(path);
  if (lock.kind === 'unreadable')
    return err(
      `the lock of the state directory ${stateDir} can't be read: ${lock.detail}; ` +
        "type the same command as the agent's user, or with sudo",
    );
  if (lock.kind === 'free') return ok({ isHeld: false, agent: null });
  const facts = files.facts(path);
  const agent = lock.line === null ? null : parseProcessLine(lock.line);
  const isOurs = agent !== null && facts.kind !== 'failed' && isRunBy(agent, facts.uid, processes);
  return ok({ isHeld: true, agent: isOurs ? agent : null });
}
