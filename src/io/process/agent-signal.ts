import type { ProcessIdentity } from '../../model/run.ts';
import { codeOf } from '../errors.ts';
import { processes } from './identity.ts';

/** The result of sending a signal. `gone`: the process has ended. */
export type Signaled = 'sent' | 'gone' | 'forbidden';

/**
 * Asks an agent to stop (SIGTERM) or ends it (SIGKILL). The only place in the program that sends
 * a signal. It sends it to an agent only: the process with that id must still have the same
 * identity. Never throws.
 */
export function signalAgent(agent: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): Signaled {
  if (!processes.isAlive(agent)) return 'gone';
  try {
    process.kill(agent.pid, signal);
    return 'sent';
  } catch (error) {
    return codeOf(error) === 'EPERM' ? 'forbidden' : 'gone';
  }
}
