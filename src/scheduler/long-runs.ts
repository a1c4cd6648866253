import type { Clock, Timer } from '../io/clock.ts';

/** A run that may become long. */
export type FollowedRun = {
  /** When it began, by the monotonic clock. */
  readonly startedMs: number;
  /** It is long now. False: it is to be asked again within 50 ms. */
  onLong(ageMs: number): boolean;
};

/** Tells which runs have become long. Runs are followed in the order in which they began. */
export type LongRuns = { follow(run: FollowedRun): void; leave(run: FollowedRun): void };

/** How old a run is that counts as long, in ms. */
export const longMs = 150;

const askAgainMs = 50;

/** Most runs are over before they are long: one timer, for the oldest, costs less than one each. */
export function createLongRuns(clock: Clock): LongRuns {
  const young: FollowedRun[] = []; // the oldest first; no `Set`, which would leave garbage that lives long
  let timer: Timer | null = null;

  function look() {
    const nowMs = clock.monotonicMs();
    timer = null;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const run of [...young]) {
      const leftMs = run.startedMs + longMs - nowMs;
      if (leftMs > 0) {
        nextMs = Math.min(nextMs, leftMs);
        break; // those behind it are younger
      }
      if (run.onLong(nowMs - run.startedMs)) remove(run);
      else nextMs = askAgainMs;
    }
    if (young.length > 0) timer = clock.after(Math.ceil(nextMs), look);
  }

  /** False: it was not among them. */
  function remove(run: FollowedRun): boolean {
    const at = young.indexOf(run);
    if (at >= 0) young.splice(at, 1);
    return at >= 0;
  }

  return {
    follow(run) {
      young.push(run);
      timer ??= clock.after(longMs, look);
    },
    leave(run) {
      if (!remove(run) || young.length > 0) return;
      timer?.cancel();
      timer = null;
    },
  };
}
