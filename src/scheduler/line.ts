/** What waits for its turn: who is expected to take the shortest goes first, the first come of equals. */
export type WaitingLine<Item> = {
  join(items: readonly Item[]): void;
  /** The first, who leaves the line; undefined: it is empty. */
  next(): Item | undefined;
  length(): number;
};

/** An empty line. `expectedMs` of one that waits must not change. */
export function createWaitingLine<Item>(expectedMs: (item: Item) => number): WaitingLine<Item> {
  let waiting: Item[] = []; // the next one last

  /** Before all that do not take longer. */
  function placeOf(item: Item): number {
    let [from, to] = [0, waiting.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = waiting[middle];
      if (other !== undefined && expectedMs(other) > expectedMs(item)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  return {
    join(items) {
      const sorted = items.toSorted((a, b) => expectedMs(a) - expectedMs(b));
      if (waiting.length === 0) waiting = sorted.reverse();
      else for (const item of sorted) waiting.splice(placeOf(item), 0, item);
    },
    next: () => waiting.pop(),
    length: () => waiting.length,
  };
}
