import type { Clock, Timer } from '../io/clock.ts';

/** A run that may become long. */
export type FollowedRun = {
  /** When it began, by the monotonic clock. */
  readonly startedMs: number;
  /** It is long now. False: it is to be asked again. */
  onLong(ageMs: number): boolean;
};

/** Tells which runs have become long. */
export type LongRuns = { follow(run: FollowedRun): void; leave(run: FollowedRun): void };

/** How old a run is that counts as long, in ms. */
export const longMs = 150;
const lookEveryMs = 50;

/** Most runs are over long before they are long: one timer for all of them, which is set only while there are any, costs less than one each. */
export function createLongRuns(clock: Clock): LongRuns {
  const young = new Set<FollowedRun>();
  let timer: Timer | null = null;

  function look() {
    const nowMs = clock.monotonicMs();
    for (const run of young) {
      const ageMs = nowMs - run.startedMs;
      if (ageMs >= longMs && run.onLong(ageMs)) young.delete(run);
    }
    timer = young.size === 0 ? null : clock.after(lookEveryMs, look);
  }

  return {
    follow(run) {
      young.add(run);
      timer ??= clock.after(lookEveryMs, look);
    },
    leave(run) {
      if (!young.delete(run) || young.size > 0) return;
      timer?.cancel();
      timer = null;
    },
  };
}
