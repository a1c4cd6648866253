import type { Sample } from './sample.ts';

/** Why a batch came back. The sample data stays in the spool whatever the reason. */
export type SinkTrouble =
  /** The other side can't be reached, or the connection broke. `detail` is a sentence with the address in it. */
  | { readonly kind: 'lost'; readonly detail: string }
  /** The other side refuses us (a wrong key): retrying soon is of no use. */
  | { readonly kind: 'refused'; readonly detail: string };

/**
 * What became of one batch. `unconfirmed`: it was written whole, but this collector evidently never confirms.
 */
export type Delivery =
  | { readonly kind: 'accepted'; readonly confirmed: boolean }
  | { readonly kind: 'returned'; readonly trouble: SinkTrouble };

/** What one delivery carries: the oldest samples a sink has not accepted yet. `position` is opaque and grows; `hasMore`: others wait behind it. */
export type Batch = { readonly samples: readonly Sample[]; readonly position: number; readonly hasMore: boolean };

/** Where samples go. One batch at a time; `deliver` never rejects. */
export type Sink = {
  /** Stable, unique among the configured sinks: its place in the spool goes by it. */
  readonly name: string;
  /** For how long what it has not accepted is kept for it, in seconds, while the agent runs without it. 0: not at all. */
  readonly keptForS: number;
  deliver(batch: readonly Sample[]): Promise<Delivery>;
  /** Gives up what is under way: its `deliver` resolves as returned. */
  close(): void;
};
