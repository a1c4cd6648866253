import type { RecentRun } from '../model/status.ts';

/** The last 60 runs of one plugin. */
export type RecentRuns = {
  add(run: RecentRun): void;
  /** Oldest first. */
  list(): readonly RecentRun[];
};

const keptRuns = 60;
const numbersPerRun = 4;

/**
 * Creates an empty list. Runs are kept as numbers side by side: as objects they take three times
 * the memory, and each garbage collection would visit every one.
 */
export function createRecentRuns(): RecentRuns {
  let numbers = new Float64Array(0); // allocated at the first run: thousands of plugins may hang and never end one
  let added = 0;
  const placeOf = (run: number) => (run % keptRuns) * numbersPerRun;
  return {
    add({ endedAtS, durationMs, status, samples }) {
      if (added === 0) numbers = new Float64Array(keptRuns * numbersPerRun);
      numbers.set([endedAtS, durationMs, status ?? Number.NaN, samples], placeOf(added));
      added += 1;
    },
    list() {
      const first = Math.max(0, added - keptRuns);
      return Array.from({ length: added - first }, (_, index) => {
        const at = placeOf(first + index);
        const [endedAtS = 0, durationMs = 0, status = 0, samples = 0] = numbers.subarray(at, at + numbersPerRun);
        return { endedAtS, durationMs, status: Number.isNaN(status) ? null : status, samples };
      });
    },
  };
}
