import { sortWalk } from '../../io/walk.ts';
import type { Sample } from '../../model/sample.ts';
import type { Walk } from '../../model/walk.ts';

/** The last sample of a metric. */
export type LatestValue = { readonly name: string; readonly lastAtS: number; readonly lastValue: number };

/**
 * The last sample of each metric, in memory. The number of metrics is bounded: the longest unseen
 * go first.
 */
export type LatestValues = {
  /** Takes a sample, unless there is a later one of its metric that is not of a time to come. */
  note(sample: Sample): void;
  /**
   * Returns what was sampled within a day, by name. Each value is the newest of the moment at which
   * the walk read it; a metric whose first sample comes during the walk is left out.
   */
  all(): Walk<readonly LatestValue[]>;
  forget(): void;
};

const mostNames = 20_000; // in each half: the last 20,000 names sampled, and those before
const dayS = 24 * 3600;
const namesAStep = 1000;

/** `nowS` returns the wall clock's time in unix seconds. */
export function createLatestValues(nowS: () => number): LatestValues {
  let recent = new Map<string, { atS: number; value: number }>();
  let former = recent;

  function entryOf(name: string) {
    const entry = recent.get(name);
    if (entry) return entry;
    const moved = former.get(name) ?? { atS: Number.NEGATIVE_INFINITY, value: 0 };
    if (recent.size >= mostNames) {
      former = recent;
      recent = new Map();
    }
    recent.set(copyOf(name), moved);
    return moved;
  }

  return {
    note({ metric, value, atS }) {
      const entry = entryOf(metric);
      // of a time to come: it was taken while the clock was wrong, and any sample replaces it
      if (atS < entry.atS && entry.atS <= nowS()) return;
      entry.atS = atS;
      entry.value = value;
    },
    *all() {
      const entries = [...recent];
      const ofRecent = recent;
      if (former !== recent) for (const entry of former) if (!ofRecent.has(entry[0])) entries.push(entry);
      const values: LatestValue[] = [];
      for (const [index, [name, { atS, value }]] of entries.entries()) {
        if (index % namesAStep === 0) yield;
        if (atS >= nowS() - dayS) values.push({ name, lastAtS: atS, lastValue: value });
      }
      return yield* sortWalk(values, (a, b) => (a.name < b.name ? -1 : 1));
    },
    forget() {
      recent = new Map();
      former = recent;
    },
  };
}

/**
 * Returns the same text without the larger text that it was cut from, which would stay in memory
 * with it.
 */
function copyOf(name: string): string {
  return Buffer.from(name, 'latin1').toString('latin1');
}
