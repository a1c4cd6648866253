import { noteDescriptorLimit } from '../../no-descriptors.ts';
import { namesIn, openFilesLimit, procText } from '../proc.ts';

/**
 * How many runs the descriptors of this process are enough for. `limit` is that of `ulimit -n`, and
 * `runs` how many runs may have descriptors at a time; null: not known. `waiting`: how many wait.
 */
export type DescriptorUse = {
  readonly limit: number | null;
  readonly runs: number | null;
  readonly waiting: number;
};

/** Kept free of runs: for sinks, database, configuration, log, page and commands. */
const reserve = 32;
const ofNewRun = 3; // its pair of FIFOs, and the file of a long output

/**
 * Keeps descriptors for all that is not a run: runs wait while as many are in flight that no more
 * than `reserve` would be left. What is open is counted as it is: a run that hangs holds two, and
 * only one that begins counts as three. Counts where there is `/proc`; elsewhere no run waits.
 * Nothing here throws.
 */
export class DescriptorBudget {
  readonly #openPairs: () => number;
  readonly #hasIdle: () => boolean;
  #limit: number | null = null;
  #mostPairs = Number.POSITIVE_INFINITY;
  #waiters: (() => void)[] = [];

  /** `openPairs` says how many pairs of FIFOs are open now, `hasIdle` whether one is idle. */
  constructor(openPairs: () => number, hasIdle: () => boolean) {
    this.#openPairs = openPairs;
    this.#hasIdle = hasIdle;
    this.count();
  }

  /** Null: a run can begin. Else resolves when that may have changed. */
  untilRoom(): Promise<void> | null {
    if (this.#hasIdle() || this.#openPairs() < this.#mostPairs) return null;
    return new Promise((resolve) => void this.#waiters.push(resolve));
  }

  /** A pair is idle again, or closed: lets the next run look again. */
  freed(): void {
    this.#waiters.shift()?.();
  }

  /** Counts again what is open, which changes with sinks and readers of the page. */
  count(): DescriptorUse {
    const open = namesIn('/proc/self/fd')?.length ?? null;
    this.#limit = open === null ? null : openFilesLimit(procText('/proc/self/limits', 'latin1'));
    noteDescriptorLimit(this.#limit);
    if (open !== null && this.#limit !== null) {
      const free = this.#limit - reserve - open;
      this.#mostPairs = Math.max(1, this.#openPairs() + Math.floor(free / ofNewRun));
    }
    const waiting = this.#waiters.length;
    for (let room = this.#mostPairs - this.#openPairs(); room > 0 && this.#waiters.length > 0; room -= 1) this.freed();
    const runs = Number.isFinite(this.#mostPairs) ? this.#mostPairs : null;
    return { limit: this.#limit, runs, waiting };
  }
}
