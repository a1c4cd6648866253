import { readdirSync, readFileSync } from 'node:fs';
import { turn } from './turns.ts';

/** The ids of all processes that have `word` among the words of their command line. */
export function pidsWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => wordsOf(pid).includes(word));
}

function wordsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
  } catch {
    return []; // gone meanwhile
  }
}

/** Waits until so many processes have the word on their command line. */
export async function untilCount(word: string, count: number): Promise<number[]> {
  for (;;) {
    const pids = pidsWith(word);
    if (pids.length === count) return pids;
    await turn();
  }
}
