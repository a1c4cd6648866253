import { noteDescriptorLimit } from '../../no-descriptors.ts';
import { namesIn, procText } from '../proc.ts';

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
const ofPair = 2;
const aRun = 3; // its pair, and the file of a long output

/**
 * Keeps descriptors for all that is not a run: runs wait while as many are in flight that no more
 * than `reserve` would be left. Counts where there is `/proc`; elsewhere no run waits. Nothing here
 * throws.
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

  /** A run has ended: lets the next one look again. */
  freed(): void {
    this.#waiters.shift()?.();
  }

  /** Counts again what is open, which changes with sinks and readers of the page. */
  count(): DescriptorUse {
    const open = namesIn('/proc/self/fd')?.length ?? null;
    this.#limit = open === null ? null : limitOf(procText('/proc/self/limits', 'latin1'));
    noteDescriptorLimit(this.#limit);
    if (open !== null && this.#limit !== null) {
      const others = open - ofPair * this.#openPairs();
      this.#mostPairs = Math.max(1, Math.floor((this.#limit - reserve - others) / aRun));
    }
    const waiting = this.#waiters.length;
    for (let room = this.#mostPairs - this.#openPairs(); room > 0 && this.#waiters.length > 0; room -= 1) this.freed();
    const runs = Number.isFinite(this.#mostPairs) ? this.#mostPairs : null;
    return { limit: this.#limit, runs, waiting };
  }
}

function limitOf(limits: string): number | null {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? null : Number(soft);
}
