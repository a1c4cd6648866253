/** How long a run is expected to take, in ms. Must not change while the run is queued. */
export type ExpectedDuration = { readonly expectedMs: number };

/**
 * Queued runs. The next run is the one that is expected to be the shortest; of equals, the one
 * that came first.
 */
export class RunQueue<Run extends ExpectedDuration> {
  /** The longest one first, so that the next run is the last element. */
  #runs: Run[] = [];

  get size(): number {
    return this.#runs.length;
  }

  /** Queues runs that came at the same time, in this order. */
  add(runs: readonly Run[]): void {
    const sorted = runs.toSorted((a, b) => a.expectedMs - b.expectedMs);
    if (this.#runs.length === 0) this.#runs = sorted.reverse();
    else for (const run of sorted) this.#runs.splice(this.#indexFor(run), 0, run);
  }

  /** Takes the next run out of the queue; undefined: it is empty. */
  next(): Run | undefined {
    return this.#runs.pop();
  }

  /** The index behind all longer runs, and before the equals, which came earlier and go first. */
  #indexFor(run: Run): number {
    let [from, to] = [0, this.#runs.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = this.#runs[middle];
      if (other !== undefined && other.expectedMs > run.expectedMs) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
