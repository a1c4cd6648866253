import { readdirSync, readFileSync } from 'node:fs';
import { directoryName } from '../../src/io/process/held-names.ts';
import { processes } from '../../src/io/process/identity.ts';
import { moment } from './turns.ts';

/** The ids of all processes that have `word` among the words of their command line. */
export function pidsWith(word: string): number[] {
  return allPids().filter((pid) => listOf(pid, 'cmdline').includes(word));
}

/**
 * The ids of all living processes that were started with `NAME=VALUE` in their environment, and of
 * the agents that hold the name of `stateDir`: an agent hides its environment even from its own
 * user, unless that is root.
 */
export function pidsMarked(variable: string, stateDir: string): number[] {
  const agents = agentsOn(stateDir);
  return allPids().filter((pid) => agents.includes(pid) || listOf(pid, 'environ').includes(variable));
}

/** Empty for root, which needs no names: another user may have taken one. */
function agentsOn(stateDir: string): readonly number[] {
  if (process.geteuid?.() === 0) return [];
  const name = directoryName('state', process.geteuid?.() ?? 0, stateDir);
  const names = readFileSync('/proc/net/unix', 'latin1').match(new RegExp(`@${name}/\\d+`, 'g')) ?? [];
  const pids = names.map((found) => Number(found.slice(found.lastIndexOf('/') + 1)));
  return pids.filter((pid) => pid !== process.pid);
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

function listOf(pid: number, file: 'cmdline' | 'environ'): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1').split('\0');
  } catch {
    return []; // gone meanwhile, or another user's
  }
}

/**
 * Waits until a process has ended for all who look: its command line is gone a little before that,
 * so that no count of words tells it.
 */
export async function untilEnded(pid: number): Promise<void> {
  const identity = processes.identify(pid);
  while (identity && processes.isAlive(identity)) await moment();
}

/** Waits until `count` processes have the word on their command line. */
export async function untilCount(word: string, count: number): Promise<number[]> {
  return untilEach([word], count);
}

/**
 * Waits until `count` processes have each of the words on their command line, and gives their ids
 * in the order of the words. One look goes over all.
 */
export async function untilEach(words: readonly string[], count: number): Promise<number[]> {
  for (;;) {
    const lists = allPids().map((pid) => ({ pid, list: listOf(pid, 'cmdline') }));
    const found = words.map((word) => lists.flatMap(({ pid, list }) => (list.includes(word) ? pid : [])));
    if (found.every((pids) => pids.length === count)) return found.flat();
    await moment();
  }
}
