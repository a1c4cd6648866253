import type { ProcessIdentity } from '../../../model/run.ts';
import { processes } from '../identity.ts';
import { linkTargetOf, pidsInProc, procText } from '../proc.ts';

/** A process that writes to a FIFO of an agent. `words` is its command line. */
export type FifoHolder = { readonly process: ProcessIdentity; readonly words: readonly string[] };

/**
 * Finds the scripts that a former agent started with FIFOs in `dir` and that are still running:
 * processes of this user that lead a session, and have such a FIFO as stdout or stderr, be it
 * removed or not. Finds none on systems without `/proc`. Never throws.
 */
export function fifoHolders(dir: string): readonly FifoHolder[] {
  return pidsInProc().flatMap((pid) => {
    if (!['1', '2'].some((fd) => linkTargetOf(`/proc/${pid}/fd/${fd}`).startsWith(`${dir}/`))) return [];
    const process = isSessionLeader(pid) ? processes.identify(Number(pid)) : null;
    return process === null ? [] : [{ process, words: procText(`/proc/${pid}/cmdline`, 'utf8').split('\0') }];
  });
}

function isSessionLeader(pid: string): boolean {
  const stat = procText(`/proc/${pid}/stat`, 'latin1');
  // From the third field on: the name in parentheses may hold blanks. The sixth is the session.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] === pid;
}
