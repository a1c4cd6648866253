import type { Mark } from './mark.ts';
import type { PluginFile } from './plugin.ts';
import type { Series } from './series.ts';

/**
 * A metric that was sampled lately. Times in unix seconds. `series` is what the format of its
 * plugin says beside the name; it is missing where that is nothing, or not known.
 */
export type MetricStatus = {
  readonly metric: string;
  readonly lastAtS: number;
  readonly lastValue: number;
  readonly series?: Series;
};

/**
 * A metric's past. `stepS` 0: the points are the samples themselves, and mean, minimum and
 * maximum are the same; else each point sums up `stepS` seconds and has the time at which they
 * begin. At most 1,000 points. `unit` is that of the last sample; it is missing where none is
 * known. `marks` are what happened to its plugin or the agent, oldest first, 100 at most; missing:
 * nothing did.
 */
export type MetricHistory = {
  readonly metric: string;
  readonly unit?: string;
  readonly fromS: number;
  readonly toS: number;
  readonly stepS: number;
  readonly points: readonly (readonly [atS: number, mean: number, min: number, max: number])[];
  readonly marks?: readonly Mark[];
};

/**
 * The most telling metric of a plugin over the last hour, or as long as there is: at most 60
 * points, oldest first, times in unix seconds. `unit` is missing where none is known.
 */
export type Sparkline = {
  readonly file: PluginFile;
  readonly metric: string;
  readonly unit?: string;
  readonly points: readonly (readonly [atS: number, value: number])[];
};
