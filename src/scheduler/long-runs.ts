import type { Clock, Timer } from '../io/clock.ts';

/** The age at which a run counts as long, in ms. */
export const longMs = 150;

const askAgainMs = 50;

/** A run that may become long. */
export type FollowedRun = {
  /** When it began, by the monotonic clock. */
  readonly startedMs: number;
  /** Is called when the run is long. False: it is to be called again within 50 ms. */
  onLong(ageMs: number): boolean;
};

/**
 * Notices runs that are still running after 150 ms. Most runs end before, so one timer, set for
 * the oldest run, costs less than one for each.
 */
export class LongRuns {
  readonly #clock: Clock;
  /**
   * The runs that are not long yet, the oldest first. An array: as a `Set` they cost 4 % more of
   * the agent's CPU at 1,000 plugins a tick, because V8 keeps the outgrown tables of a set, and
   * the runs in them, until it collects the whole heap.
   */
  readonly #shortRuns: FollowedRun[] = [];
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins to follow a run. Runs are followed in the order in which they began. */
  follow(run: FollowedRun): void {
    this.#shortRuns.push(run);
    this.#timer ??= this.#setTimer(longMs);
  }

  /** The run has ended. */
  leave(run: FollowedRun): void {
    if (!this.#remove(run) || this.#shortRuns.length > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #setTimer(delayMs: number): Timer {
    return this.#clock.after(delayMs, () => this.#look());
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#timer = null;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const run of [...this.#shortRuns]) {
      const leftMs = run.startedMs + longMs - nowMs;
      if (leftMs > 0) {
        nextMs = Math.min(nextMs, leftMs);
        break; // the runs behind it are younger
      }
      if (run.onLong(nowMs - run.startedMs)) this.#remove(run);
      else nextMs = askAgainMs;
    }
    if (this.#shortRuns.length > 0) this.#timer = this.#setTimer(Math.ceil(nextMs));
  }

  /** False: the run was not among the short ones. */
  #remove(run: FollowedRun): boolean {
    const index = this.#shortRuns.indexOf(run);
    if (index >= 0) this.#shortRuns.splice(index, 1);
    return index >= 0;
  }
}
