import type { Sample } from './sample.ts';

/** Why a batch came back. The samples stay in the spool whatever the reason. `detail` is a sentence with the address in it. */
export type SinkTrouble =
  /** The other side can't be reached, the connection broke, or it failed. */
  | { readonly kind: 'lost'; readonly detail: string }
  /** The other side is there and asks for patience; `retryAfterMs` is how long it wants, null: it does not say. */
  | { readonly kind: 'busy'; readonly detail: string; readonly retryAfterMs: number | null }
  /** The other side refuses us (a wrong key): retrying soon is of no use. */
  | { readonly kind: 'refused'; readonly detail: string };

/** What became of one batch. */
export type DeliveryResult =
  /** It has arrived. Not `confirmed`: it was written whole, but this other side evidently never confirms. */
  | { readonly kind: 'accepted'; readonly confirmed: boolean }
  /** The other side will never take `samples` of it, however often it is asked; the rest has arrived. */
  | { readonly kind: 'dropped'; readonly samples: number; readonly detail: string }
  /** It is to be sent again. `mayHaveArrived`: some of it was on its way when the trouble came, and may arrive twice. */
  | { readonly kind: 'returned'; readonly trouble: SinkTrouble; readonly mayHaveArrived: boolean };

/**
 * What one delivery carries: the oldest samples a sink has not accepted yet. `storedSamples` is how many they were when they were stored, more than there
 * are where some could not be read back; `position` is opaque and grows; `hasMore`: others wait behind it.
 */
export type Batch = {
  readonly samples: readonly Sample[];
  readonly storedSamples: number;
  readonly position: number;
  readonly hasMore: boolean;
};

/** Where samples go. One batch at a time; `deliver` never rejects. */
export type Sink = {
  /** Stable, unique among the configured sinks: its place in the spool goes by it. */
  readonly name: string;
  /** For how long what it has not accepted is kept for it, in seconds, while the agent runs without it. 0: not at all. */
  readonly keptForS: number;
  deliver(batch: readonly Sample[]): Promise<DeliveryResult>;
  /** Asks, without a sample, whether the other side is there and takes us. Null: it does. Never rejects; not beside a `deliver`. */
  probe(): Promise<SinkTrouble | null>;
  /** Gives up what is under way: its `deliver` resolves as returned. */
  close(): void;
};

/** For how long what a sink has not accepted is kept while the agent runs without it: a week, in seconds. */
export const positionKeptForS = 7 * 24 * 3600;

/** How patient the agent is with the other side, in ms. An edge, so that a test of faults need not wait for minutes. */
export type Patience = {
  /** Bounds of the wait between two attempts after trouble. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** The wait after a refusal. */
  readonly refusedRetryMs: number;
  /** How long the other side may be silent at any step of a delivery. */
  readonly silenceMs: number;
};
