import type { RecentRun } from '../model/run-status.ts';

/** How long the last runs of a plugin took: how many were looked at, the shortest, the longest. */
export type RunDurations = { readonly runs: number; readonly shortestMs: number; readonly longestMs: number };

/** The last 60 runs of one plugin. */
export type RecentRuns = {
  add(run: RecentRun): void;
  /**
   * How long its last runs took: the last 10 that ended by themselves, whatever their exit status,
   * and the last 10 that exited with 0, so that an hour of quick failures does not make a usual run
   * look long. A run that a signal ended (status 129 to 192), that did not start, or whose end is
   * not known does not count. Null: none counts.
   */
  durations(): RunDurations | null;
  /** Oldest first. */
  list(): readonly RecentRun[];
};

const keptRuns = 60;
const numbersPerRun = 6;
const countedRuns = 10;

/**
 * Creates an empty list. Runs are kept as numbers side by side: as objects they take three times
 * the memory, and each garbage collection would visit every one.
 */
export function createRecentRuns(): RecentRuns {
  let numbers = new Float64Array(0); // allocated at the first run: thousands of plugins may hang and never end one
  let added = 0;
  const placeOf = (run: number) => (run % keptRuns) * numbersPerRun;
  return {
    add({ endedAtS, durationMs, status, samples, cpuS, peakMemoryBytes }) {
      if (added === 0) numbers = new Float64Array(keptRuns * numbersPerRun);
      const at = placeOf(added);
      numbers.set([endedAtS, durationMs, orNaN(status), samples, orNaN(cpuS), orNaN(peakMemoryBytes)], at);
      added += 1;
    },
    durations() {
      let [ended, good, runs, shortestMs, longestMs] = [0, 0, 0, Number.POSITIVE_INFINITY, 0];
      for (let run = added - 1; run >= Math.max(0, added - keptRuns); run -= 1) {
        const at = placeOf(run);
        const [durationMs = 0, status = Number.NaN] = numbers.subarray(at + 1, at + 3);
        if (!hasEndedByItself(status)) continue;
        ended += 1;
        if (status === 0) good += 1;
        if (ended > countedRuns && (status !== 0 || good > countedRuns)) continue;
        runs += 1;
        shortestMs = Math.min(shortestMs, durationMs);
        longestMs = Math.max(longestMs, durationMs);
      }
      return runs === 0 ? null : { runs, shortestMs, longestMs };
    },
    list() {
      const first = Math.max(0, added - keptRuns);
      return Array.from({ length: added - first }, (_, index) => {
        const at = placeOf(first + index);
        const [endedAtS = 0, durationMs = 0, status, samples = 0, cpuS, peakMemoryBytes] = numbers.subarray(at);
        return {
          endedAtS,
          durationMs,
          status: orNull(status),
          samples,
          cpuS: orNull(cpuS),
          peakMemoryBytes: orNull(peakMemoryBytes),
        };
      });
    },
  };
}

/** A shell, too, gives 128 + n if signal n ended its command. False for no status (NaN). */
function hasEndedByItself(status: number): boolean {
  return status <= 128 || status > 192;
}

function orNaN(value: number | null): number {
  return value ?? Number.NaN;
}

function orNull(value = Number.NaN): number | null {
  return Number.isNaN(value) ? null : value;
}
