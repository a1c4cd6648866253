/** What waits for its turn: who is expected to take the shortest goes first, the first come of equals. */
export type Line<Item> = {
  join(items: readonly Item[]): void;
  /** The first, who leaves the line; undefined: it is empty. */
  next(): Item | undefined;
  length(): number;
};

/** An empty line. `expectedMs` is asked when one is compared with another, and must not change while it waits. */
export function createLine<Item>(expectedMs: (item: Item) => number): Line<Item> {
  let items: readonly Item[] = [];
  let gone = 0; // of their beginning
  return {
    join(more) {
      items = [...items.slice(gone), ...more].sort((a, b) => expectedMs(a) - expectedMs(b));
      gone = 0;
    },
    next() {
      const item = items[gone];
      if (item !== undefined) gone += 1;
      return item;
    },
    length: () => items.length - gone,
  };
}
