import type { FifoPair } from './fifo-pair.ts';

const listenAfterMs = 20; // of real time

/**
 * Pairs whose script began a moment ago. Most scripts end within 20 ms, and then all output is
 * read at once. Output of the others is handed on as it comes: their pairs are listened to once
 * they are 20 ms old, or soon after. One timer serves all pairs.
 */
export class RecentPairs {
  readonly #pairs = new Set<FifoPair>();
  #timer: NodeJS.Timeout | undefined; // set while there are pairs

  /** Adds a pair whose script begins now. */
  add(pair: FifoPair): void {
    if (this.#pairs.size === 0) this.#timer = setInterval(this.#listenToOldOnes, listenAfterMs);
    this.#pairs.add(pair);
  }

  /** Removes a pair whose script has ended. Does nothing if it is listened to already. */
  remove(pair: FifoPair): void {
    if (this.#pairs.delete(pair) && this.#pairs.size === 0) clearInterval(this.#timer);
  }

  readonly #listenToOldOnes = () => {
    const limitMs = performance.now() - listenAfterMs;
    for (const pair of this.#pairs) {
      if (!pair.beganBefore(limitMs)) break; // the pairs are in the order in which their scripts began
      pair.listen();
      this.remove(pair);
    }
  };
}
