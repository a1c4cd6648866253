/**
 * When the counters that a sink sends began, as OTLP's data model asks for it ("Resets and gaps"):
 *
 * - The first sample of a counter begins a sequence at the sample's own time. That says that the
 *   count so far began at a time that is not known.
 * - Each later sample repeats that time.
 * - A smaller value says that the counter started again, after the sample before it. So the time
 *   of that sample begins a sequence: all that has been counted since then is new.
 */

/** What is known of one counter. Times are in seconds. */
type Counter = { readonly startS: number; readonly lastS: number; readonly lastValue: number };

/** More counters than a host has; each takes about 250 bytes. */
const mostCounters = 100_000;

/**
 * The counters of one sink. A batch that comes back is sent again with the same times, and a batch
 * that the server never takes says nothing: what a request says counts only once it is kept. If
 * there are more counters than `most`, those that were sent least recently are forgotten.
 */
export class CounterStarts {
  readonly #most: number;
  readonly #kept = new Map<string, Counter>(); // least recently sent first
  #inRequest = new Map<string, Counter>();

  constructor(most = mostCounters) {
    this.#most = most;
  }

  /** Begins a request. Forgets what the one before it said, unless it was kept. */
  beginRequest(): void {
    this.#inRequest = new Map();
  }

  /**
   * Returns when the count of a sample began, in seconds; never later than the sample. `counter`
   * names one counter and no other. A sample that is not newer than the last one of its counter
   * says nothing about later ones.
   */
  startOf(counter: string, atS: number, value: number): number {
    const known = this.#inRequest.get(counter) ?? this.#kept.get(counter) ?? null;
    if (known !== null && atS <= known.lastS) return Math.min(known.startS, atS);
    const startS = startAfter(known, atS, value);
    this.#inRequest.set(counter, { startS, lastS: atS, lastValue: value });
    return startS;
  }

  /** Keeps what the last request said: the server has it. */
  keepRequest(): void {
    for (const [name, counter] of this.#inRequest) {
      this.#kept.delete(name);
      this.#kept.set(name, counter);
    }
    this.beginRequest();
    for (const name of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) return;
      this.#kept.delete(name);
    }
  }
}

function startAfter(known: Counter | null, atS: number, value: number): number {
  if (known === null) return atS;
  return value < known.lastValue ? known.lastS : known.startS;
}
