import type { MetricName, Sample } from '../model/sample.ts';

/**
 * Finds the samples that a server refuses where it refuses a whole request because of one of them.
 * It says how many of the next samples go into one request, and learns from the answers. To find
 * one among N takes at most about twice log2(N) requests; a row of refused samples takes one each.
 * A metric that a sample of was refused is suspect, until one is accepted: its samples have
 * requests of their own, so that one bad series among good ones takes two requests a sample.
 */
export class RefusedSamples {
  readonly #suspects = new Set<MetricName>();
  /** The most samples in a request, of metrics that are suspect or not. */
  readonly #most = { suspect: Number.POSITIVE_INFINITY, other: Number.POSITIVE_INFINITY };
  /** How many of the next samples hold a refused one for certain; 0: nothing is known. */
  #knownBad = 0;

  /** How many of `pending`, one at least, go into the next request. */
  next(pending: readonly Sample[]): number {
    if (this.#knownBad > 0) return Math.ceil(this.#knownBad / 2);
    const kind = this.#kindOf(pending[0]);
    let samples = Math.min(this.#most[kind], pending.length);
    if (this.#suspects.size > 0) {
      const differs = pending.findIndex((sample) => this.#kindOf(sample) !== kind);
      if (differs !== -1) samples = Math.min(samples, differs);
    }
    return samples;
  }

  /** Reports that the server refused a request with these samples. */
  refused(part: readonly Sample[]): void {
    const [first, ...others] = part;
    this.#knownBad = others.length > 0 ? part.length : 0;
    if (first === undefined || others.length > 0) return;
    this.#most[this.#kindOf(first)] = 1;
    this.#suspects.add(first.metric);
  }

  /** Reports that the server accepted a request with these samples. */
  accepted(part: readonly Sample[]): void {
    if (this.#knownBad > 0) this.#knownBad = Math.max(0, this.#knownBad - part.length);
    else this.#most[this.#kindOf(part[0])] *= 2;
    if (this.#suspects.size > 0) for (const { metric } of part) this.#suspects.delete(metric);
  }

  #kindOf(sample: Sample | undefined): 'suspect' | 'other' {
    return sample !== undefined && this.#suspects.has(sample.metric) ? 'suspect' : 'other';
  }
}
