import { sortWalk } from '../../io/walk.ts';
import type { Series } from '../../model/series.ts';
import type { Walk } from '../../model/walk.ts';
import { copyOf } from '../copy-of.ts';
import { unpackSeries } from '../spool/series-word.ts';
import type { TimedValue } from './bucket.ts';

/** The last sample of a metric. `series` is missing where it has none, or none is known. */
export type LatestValue = {
  readonly name: string;
  readonly lastAtS: number;
  readonly lastValue: number;
  readonly series?: Series;
};

/**
 * The last sample of each metric, in memory. The number of metrics is bounded: the longest unseen
 * go first.
 */
export type LatestValues = {
  /**
   * Takes a sample, unless there is a later one of its metric that is not of a time to come.
   * `series` is the word of its series; empty: it has none; null: not known, and the one that is
   * known stays.
   */
  note(metric: string, value: number, atS: number, series: string | null): void;
  /**
   * Returns what was sampled within a day, by name. Each value is the newest of the moment at which
   * the walk read it; a metric whose first sample comes during the walk is left out.
   */
  all(): Walk<readonly LatestValue[]>;
  /** Null: it was not sampled, or longer ago than 20,000 others. */
  last(metric: string): TimedValue | null;
  /** The series of a metric's last sample. Null: it has none, or none is known. */
  seriesOf(metric: string): Series | null;
  forget(): void;
};

const mostNames = 20_000; // in each half: the last 20,000 names sampled, and those before
const dayS = 24 * 3600;
const namesAStep = 1000;

/** `series` is the word of the series, which takes less memory; empty: there is none. */
type LatestEntry = { atS: number; value: number; series: string };

/** `nowS` returns the wall clock's time in unix seconds. */
export function createLatestValues(nowS: () => number): LatestValues {
  let recent = new Map<string, LatestEntry>();
  let former = recent;

  function entryOf(name: string) {
    const entry = recent.get(name);
    if (entry) return entry;
    const moved = former.get(name) ?? { atS: Number.NEGATIVE_INFINITY, value: 0, series: '' };
    if (recent.size >= mostNames) {
      former = recent;
      recent = new Map();
    }
    recent.set(copyOf(name), moved);
    return moved;
  }

  return {
    note(metric, value, atS, series) {
      const entry = entryOf(metric);
      // of a time to come: it was taken while the clock was wrong, and any sample replaces it
      if (atS < entry.atS && entry.atS <= nowS()) return;
      entry.atS = atS;
      entry.value = value;
      if (series !== null && series !== entry.series) entry.series = copyOf(series);
    },
    *all() {
      const entries = [...recent];
      const ofRecent = recent;
      if (former !== recent) for (const entry of former) if (!ofRecent.has(entry[0])) entries.push(entry);
      const values: LatestValue[] = [];
      for (const [index, [name, entry]] of entries.entries()) {
        if (index % namesAStep === 0) yield;
        if (entry.atS >= nowS() - dayS) values.push(latestValue(name, entry));
      }
      return yield* sortWalk(values, (a, b) => (a.name < b.name ? -1 : 1));
    },
    last(metric) {
      const entry = recent.get(metric) ?? former.get(metric);
      return entry === undefined ? null : { atS: entry.atS, value: entry.value };
    },
    seriesOf(metric) {
      const word = (recent.get(metric) ?? former.get(metric))?.series ?? '';
      return word === '' ? null : unpackSeries(word);
    },
    forget() {
      recent = new Map();
      former = recent;
    },
  };
}

function latestValue(name: string, { atS, value, series: word }: LatestEntry): LatestValue {
  const latest = { name, lastAtS: atS, lastValue: value };
  const series = word === '' ? null : unpackSeries(word);
  return series === null ? latest : { ...latest, series };
}
