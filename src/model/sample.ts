import type { Series } from './series.ts';

/**
 * A full metric name, `HOST.PLUGIN.NAME`: segments of `[A-Za-z0-9_-]+` joined by single dots.
 * Built by `metricName`.
 */
export type MetricName = string & { readonly brand: 'MetricName' };

/** Seconds since the epoch, whole and not negative. Built by `unixSeconds`. */
export type UnixSeconds = number & { readonly brand: 'UnixSeconds' };

/**
 * One reading of one metric. `value` is finite. `series` is what its format says beside the name;
 * it is missing where that is nothing, as in the agent's own format.
 */
export type Sample = {
  readonly metric: MetricName;
  readonly value: number;
  readonly atS: UnixSeconds;
  readonly series?: Series;
};

/**
 * Names a metric. The caller vouches for the grammar: the parser checks plugin lines, the
 * configuration checks the host.
 */
export function metricName(text: string): MetricName {
  return text as MetricName;
}

/** Whole seconds since the epoch: a fraction is cut, what lies before 1970 becomes 0. */
export function unixSeconds(seconds: number): UnixSeconds {
  return Math.max(0, Math.floor(seconds)) as UnixSeconds;
}

/**
 * Samples, to be read one by one. Null: many lines were read without finding one, and the reader
 * can pause here.
 */
export type SampleSource = Iterable<Sample | null>;
