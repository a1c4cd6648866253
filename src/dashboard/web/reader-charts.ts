import { rememberedValue, rememberValue } from './remembered.ts';

const mostRemembered = 50;

/** The charts that the reader added, and the second metrics that the reader put into charts. */
export type ReaderCharts = {
  added(): readonly string[];
  add(metric: string): void;
  remove(metric: string): void;
  /** The second metric in the chart of a metric; null: it has none. */
  secondOf(metric: string): string | null;
  seconds(): ReadonlyMap<string, string>;
  setSecond(metric: string, second: string | null): void;
  /** Shows these in place of all others, as a link says. They are remembered at the next change. */
  follow(added: readonly string[], seconds: ReadonlyMap<string, string>): void;
  /** Calls `listener` after each change, until the function that it returns is called. */
  onChange(listener: () => void): () => void;
};

/** Makes the collection, with what this browser remembers. */
export function createReaderCharts(): ReaderCharts {
  let added = new Set(strings(rememberedValue('charts')));
  let seconds = new Map(pairs(rememberedValue('second-metrics')));
  const listeners = new Set<() => void>();

  function changed(): void {
    for (const listener of [...listeners]) listener();
  }

  function keep(): void {
    rememberValue('charts', [...added]);
    rememberValue('second-metrics', [...seconds]);
    changed();
  }

  return {
    added: () => [...added],
    add(metric) {
      added.add(metric);
      keep();
    },
    remove(metric) {
      added.delete(metric);
      keep();
    },
    secondOf: (metric) => seconds.get(metric) ?? null,
    seconds: () => seconds,
    setSecond(metric, second) {
      if (second === null) seconds.delete(metric);
      else seconds.set(metric, second);
      keep();
    },
    follow(charts, pairsOfLink) {
      added = new Set(charts.slice(0, mostRemembered));
      seconds = new Map([...pairsOfLink].slice(0, mostRemembered));
      changed();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string').slice(0, mostRemembered) : [];
}

function pairs(value: unknown): readonly [string, string][] {
  const all: readonly unknown[] = Array.isArray(value) ? value.slice(0, mostRemembered) : [];
  return all.flatMap((each): [string, string][] => {
    const [first, second] = strings(each);
    return first === undefined || second === undefined ? [] : [[first, second]];
  });
}
