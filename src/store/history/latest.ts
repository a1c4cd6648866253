import type { Sample } from '../../model/sample.ts';

/** The last sample of a metric. */
export type LatestValue = { readonly name: string; readonly lastAtS: number; readonly lastValue: number };

/** The last sample of each metric, in memory: of a bounded number of metrics, those not sampled for longest go first. */
export type Latest = {
  /** Takes a sample, unless there is a later one. */
  note(sample: Sample): void;
  /** What was sampled within a day, by name. */
  all(): readonly LatestValue[];
  forget(): void;
};

const mostNames = 20_000; // in each half: those of the last 20,000 names sampled, and those before
const dayS = 24 * 3600;

/** Nothing is known yet. */
export function createLatest(nowS: () => number): Latest {
  let young = new Map<string, { atS: number; value: number }>();
  let old = young;

  function entryOf(name: string) {
    const entry = young.get(name);
    if (entry) return entry;
    const former = old.get(name) ?? { atS: Number.NEGATIVE_INFINITY, value: 0 };
    if (young.size >= mostNames) {
      old = young;
      young = new Map();
    }
    young.set(copyOf(name), former);
    return former;
  }

  return {
    note({ metric, value, atS }) {
      const entry = entryOf(metric);
      if (atS < entry.atS && entry.atS <= nowS() + dayS) return; // beyond a day ahead, the clock was wrong then
      entry.atS = atS;
      entry.value = value;
    },
    all: () =>
      [...new Map([...old, ...young])]
        .flatMap(([name, { atS, value }]) => (atS < nowS() - dayS ? [] : { name, lastAtS: atS, lastValue: value }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    forget() {
      young = new Map();
      old = young;
    },
  };
}

/** The same text, which does not keep a larger one in memory that it was cut from. */
function copyOf(name: string): string {
  return Buffer.from(name, 'latin1').toString('latin1');
}
