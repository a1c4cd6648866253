import type { Clock, Timer } from '../io/clock.ts';
import type { Moment } from './spread.ts';

type Waiting = { readonly atMs: number; readonly timer: Timer; readonly over: () => void };

/**
 * The moments that plugins wait for between two ticks, with `spread`. A `Key` names what waits,
 * and waits for one moment at a time.
 */
export class AwaitedMoments<Key> {
  readonly #clock: Clock;
  readonly #waiting = new Map<Key, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls `begin` at the moment, or at once if the moment has passed, and settles as `begin`
   * does. Resolves without a call if the interval is over by then, because the host slept: a run
   * that was slept through is not made up for. Resolves without a call, too, if the moment is
   * dropped, or replaced by another one under the same key.
   */
  wait(key: Key, { atMs, endMs }: Moment, begin: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#drop(key);
      const timer = this.#clock.after(atMs - this.#clock.nowMs(), () => {
        this.#waiting.delete(key);
        if (this.#clock.nowMs() < endMs) begin().then(resolve, reject);
        else resolve();
      });
      this.#waiting.set(key, { atMs, timer, over: resolve });
    });
  }

  /** The moment that `key` waits for, in ms since the epoch; null: it waits for none. */
  untilMs(key: Key): number | null {
    return this.#waiting.get(key)?.atMs ?? null;
  }

  /** Drops all moments. */
  drop(): void {
    for (const key of [...this.#waiting.keys()]) this.#drop(key);
  }

  #drop(key: Key): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    waiting?.timer.cancel();
    waiting?.over();
  }
}
