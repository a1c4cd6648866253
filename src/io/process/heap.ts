import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { libc } from '../libc.ts';
import { dropFilePages } from './file-pages.ts';

const growthFactor = 2;
const growthBytes = 8 * 1024 * 1024;
const collectedEachMs = 300_000;
const busyRuns = { from: 300, to: 2000 };
const busyYoungBytes = 4 * 1024 * 1024; // of both halves

/**
 * Keeps memory small in a process that lives for months and does little. By itself, V8 lets garbage
 * grow to many times the size of the live objects before it collects the old generation, and what
 * only a start needs stays in memory.
 *
 * Returns a function to call after each tick, when there is nothing else to do. That function
 * collects (10 to 40 ms) if the heap has doubled, and grown by 8 MB, since the last time, and every
 * five minutes, and then gives free memory back. The second call drops the program's code from
 * memory; the third one collects, with the code that only the start needed, and the fifth one,
 * when V8 has compiled most of what a tick needs. Does nothing if V8 offers no collection.
 *
 * The young generation stays as small as it began, 1 MiB a half. It may grow to two while 300 to
 * 2,000 runs end between two calls, which are given how many have ended so far: with half as many
 * collections, such a tick takes 2 % less processor time. In a tick with more runs, it would grow
 * several times.
 */
export function keepMemorySmall(): (runsSoFar: number) => void {
  const adaptYoung = youngGeneration();
  setFlagsFromString('--bytecode-old-age=1'); // code that has not run since the last collection goes
  setFlagsFromString('--no-parallel-scavenge'); // the threads that help with so little are waited for, and take memory
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : null');
  let [calls, usedBytes, collectedMs, runsBefore] = [0, 0, 0, 0];
  const isGrown = () => getHeapStatistics().used_heap_size >= usedBytes * growthFactor + growthBytes;
  return (runsSoFar) => {
    const runs = runsSoFar - runsBefore;
    runsBefore = runsSoFar;
    adaptYoung(runs);
    if (typeof collect !== 'function') return;
    calls += 1;
    if (calls === 2) dropFilePages();
    const isDue = calls === 3 || calls === 5 || (calls > 5 && performance.now() - collectedMs >= collectedEachMs);
    if (!isDue && !isGrown()) return;
    collect();
    usedBytes = getHeapStatistics().used_heap_size;
    collectedMs = performance.now();
    libc()?.trim();
  };
}

/**
 * Returns by what V8 may multiply the size of the young generation (bytes, both halves) after a
 * tick with `runs` runs.
 */
export function youngGrowth(runs: number, bytes: number): 1 | 2 {
  return runs >= busyRuns.from && runs <= busyRuns.to && bytes < busyYoungBytes ? 2 : 1;
}

function youngGeneration(): (runs: number) => void {
  let factor = 0;
  function grow(by: 1 | 2): void {
    if (by !== factor) setFlagsFromString(`--semi-space-growth-factor=${by}`);
    factor = by;
  }
  const bytes = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0;
  grow(1);
  return (runs) => grow(youngGrowth(runs, bytes()));
}
