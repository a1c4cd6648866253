import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ProcessIdentity } from '../../../model/run.ts';
import { processes } from '../identity.ts';

/** A process that writes to a FIFO of an agent. `words` is its command line. */
export type FifoHolder = { readonly process: ProcessIdentity; readonly words: readonly string[] };

/**
 * Finds the scripts that a former agent started with FIFOs in `dir` and that are still running:
 * processes of this user that lead a session, and have such a FIFO as stdout or stderr, be it
 * removed or not. Finds none on systems without `/proc`. Never throws.
 */
export function fifoHolders(dir: string): readonly FifoHolder[] {
  return entriesOf('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry) || !['1', '2'].some((fd) => linkOf(`/proc/${entry}/fd/${fd}`).startsWith(`${dir}/`)))
      return [];
    const process = isSessionLeader(entry) ? processes.identify(Number(entry)) : null;
    return process === null ? [] : [{ process, words: textOf(`/proc/${entry}/cmdline`).split('\0') }];
  });
}

function isSessionLeader(pid: string): boolean {
  const stat = textOf(`/proc/${pid}/stat`);
  // From the third field on: the name in parentheses may hold blanks. The sixth is the session.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] === pid;
}

function entriesOf(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // it has ended, or belongs to another user
  }
}
