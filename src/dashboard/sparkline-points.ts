/** The last hour of one metric, in at most 60 points. */

const shownS = 3600;
const mostPoints = 60;

/** How many seconds a point may sum up, each a multiple of the one before. */
const steps = [1, 5, 15, 30, 60] as const;

/** How many seconds a sparkline shows. */
export const sparklineS = shownS;

/**
 * Joins samples to points as they come: each point is the mean of the samples within a few seconds,
 * and has the time of the first of them. The shorter the time since the first sample, the fewer
 * seconds.
 */
export class SparklinePoints {
  #stepS: number = steps[0];
  readonly #times: number[] = [];
  readonly #means: number[] = [];
  /** How many samples are in each point. */
  readonly #counts: number[] = [];
  #newestS = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** Takes a sample. One that is not newer than the last one is left out. */
  add(atS: number, value: number): void {
    if (atS <= this.#newestS) return;
    this.#newestS = atS;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#put(atS, value, 1);
    while ((this.#times[0] ?? atS) <= atS - shownS) for (const each of this.#columns()) each.shift();
    if (this.#times.length > mostPoints) this.#widen();
  }

  /** How many seconds lie between the first point and the last sample. */
  spanS(): number {
    return this.#newestS - (this.#times[0] ?? this.#newestS);
  }

  /** How much the samples varied, relative to the largest of them: 0 to 2. */
  variation(): number {
    if (this.#min >= this.#max) return 0;
    return this.#max / this.#size() - this.#min / this.#size(); // in this order, so that it is finite
  }

  /** The points after a time, oldest first. */
  list(fromS: number): readonly (readonly [atS: number, mean: number])[] {
    const first = this.#times.findIndex((atS) => atS > fromS);
    return first < 0 ? [] : this.#times.slice(first).map((atS, at) => [atS, this.#means[first + at] ?? 0]);
  }

  #size(): number {
    return Math.max(Math.abs(this.#min), Math.abs(this.#max));
  }

  #columns(): readonly number[][] {
    return [this.#times, this.#means, this.#counts];
  }

  #put(atS: number, mean: number, count: number): void {
    const last = this.#times.length - 1;
    if (this.#stepOf(atS) !== this.#stepOf(this.#times[last] ?? Number.NaN)) {
      this.#times.push(atS);
      this.#means.push(mean);
      this.#counts.push(count);
      return;
    }
    const before = this.#counts[last] ?? 0;
    const all = before + count;
    this.#means[last] = (this.#means[last] ?? 0) * (before / all) + mean * (count / all);
    this.#counts[last] = all;
  }

  #stepOf(atS: number): number {
    return Math.floor(atS / this.#stepS);
  }

  /** Joins points until there are few enough. An hour may begin and end within a minute. */
  #widen(): void {
    const wider = steps.find((step) => step > this.#stepS);
    if (wider === undefined) {
      for (const each of this.#columns()) each.shift();
      return;
    }
    this.#stepS = wider;
    const [times = [], means = [], counts = []] = this.#columns().map((each) => each.splice(0));
    for (const [at, atS] of times.entries()) this.#put(atS, means[at] ?? 0, counts[at] ?? 0);
    if (this.#times.length > mostPoints) this.#widen();
  }
}
