import type { QueuePlace } from './turns.ts';

/**
 * Queued runs. The next run is the one that is queued behind the earliest begin; of these, the one
 * that is expected to be the shortest; of equals, the one that came first. Places must not change
 * while runs are queued.
 */
export class RunQueue<Run extends { readonly place: QueuePlace }> {
  /** The next run is the last element. */
  #runs: Run[] = [];

  get size(): number {
    return this.#runs.length;
  }

  /** Queues runs that came at the same time, in this order. */
  add(runs: readonly Run[]): void {
    const sorted = runs.toSorted(byPlace);
    if (this.#runs.length === 0) this.#runs = sorted.reverse();
    else for (const run of sorted) this.#runs.splice(this.#indexFor(run), 0, run);
  }

  /** Takes the next run out of the queue; undefined: it is empty. */
  next(): Run | undefined {
    return this.#runs.pop();
  }

  /** The index behind all later runs, and before the equals, which came earlier and go first. */
  #indexFor(run: Run): number {
    let [from, to] = [0, this.#runs.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = this.#runs[middle];
      if (other !== undefined && byPlace(other, run) > 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function byPlace({ place: a }: { readonly place: QueuePlace }, { place: b }: { readonly place: QueuePlace }): number {
  return a.after - b.after || a.expectedMs - b.expectedMs;
}
