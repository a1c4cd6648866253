import type { RunUsage } from '../../../model/run.ts';
import type { ChildUsage } from '../../libc-wait.ts';

/**
 * Makes the usage of a run of what the system says of its process. `ownPeak` gives the largest
 * memory that this process had so far, in bytes.
 *
 * Until a process that `posix_spawn` makes executes its program, it shares the memory of this
 * process. Linux counts that as its own: `ru_maxrss` is never below the peak of this process. So
 * only a larger peak is the child's, and any other one is not known.
 */
export function createUsageOf(ownPeak: () => number): (usage: ChildUsage) => RunUsage {
  let ownBytes = 0; // as of the last time that it mattered: it only grows
  return ({ cpuS, maxRssBytes }) => {
    if (maxRssBytes > ownBytes) ownBytes = ownPeak();
    return { cpuS, peakMemoryBytes: maxRssBytes > ownBytes ? maxRssBytes : null };
  };
}
