/** Bounds of the wait between two attempts, in ms. */
export type BackoffLimits = { readonly minMs: number; readonly maxMs: number };

/**
 * Returns how long to wait, in ms, after `failures` (1, 2, …) failures in a row: anywhere between
 * `minMs` and a ceiling that doubles with each failure up to `maxMs`. Hosts that lost a collector
 * together therefore do not come back together. `random` is in [0, 1).
 */
export function backoffMs(failures: number, random: number, limits: BackoffLimits): number {
  const ceilingMs = Math.min(limits.maxMs, limits.minMs * 2 ** failures);
  return limits.minMs + random * Math.max(0, ceilingMs - limits.minMs);
}

/** A server may ask for a wait of at most this length. */
const longestAskedMs = 3_600_000;

/** The waits after failures of one sink: each failure in a row makes the next wait longer. */
export class Backoff {
  readonly #random: () => number;
  readonly #limits: BackoffLimits;
  #failures = 0;

  constructor(random: () => number, limits: BackoffLimits) {
    this.#random = random;
    this.#limits = limits;
  }

  /** Some samples have arrived: the waits are short again. */
  reset(): void {
    this.#failures = 0;
  }

  /** Counts one more failure, whatever the trouble. */
  failed(): void {
    this.#failures += 1;
  }

  /**
   * Returns the next wait, in ms: `backoffMs` on top of the `askedMs` that the server asked for,
   * so that hosts it asked at the same time do not come back at the same time. An hour at most.
   */
  delayMs(askedMs: number): number {
    return Math.min(longestAskedMs, askedMs + backoffMs(this.#failures, this.#random(), this.#limits));
  }
}
