import type { ProcessIdentity } from '../../model/run.ts';
import { codeOf } from '../errors.ts';
import { processes } from './identity.ts';

/** What became of a signal. `gone`: that process is not there any more. */
export type Signaled = 'sent' | 'gone' | 'forbidden';

/**
 * Asks an agent to stop (SIGTERM) or ends it (SIGKILL). The only place in the program that sends a signal, and it goes to an agent alone:
 * the process of that id must still be the one that the identity is of. Never throws.
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
