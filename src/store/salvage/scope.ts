import type { SpooledSink } from '../spool/positions.ts';

/** What is to be salvaged. */
export type SalvageScope =
  /** The agent starts: all that the file holds. `sinks` get all blocks if no position is found. */
  | { readonly kind: 'start'; readonly sinks: readonly SpooledSink[] }
  /**
   * The agent runs, and knows the rest: blocks behind `first`, the lowest position that it knows,
   * up to `newest`, and the positions of absent sinks.
   */
  | { readonly kind: 'running'; readonly first: number; readonly newest: number };

/** How many samples were copied, and how many of blocks that were found could not be. */
export type Salvaged = { readonly samples: number; readonly lost: number };
