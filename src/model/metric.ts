/** A metric that was sampled lately. Times in unix seconds. */
export type MetricStatus = { readonly metric: string; readonly lastAtS: number; readonly lastValue: number };

/**
 * A metric's past. `stepS` 0: the points are the samples themselves, and mean, minimum and
 * maximum are the same; else each point sums up `stepS` seconds and has the time at which they
 * begin. At most 1,000 points.
 */
export type MetricHistory = {
  readonly metric: string;
  readonly fromS: number;
  readonly toS: number;
  readonly stepS: number;
  readonly points: readonly (readonly [atS: number, mean: number, min: number, max: number])[];
};
