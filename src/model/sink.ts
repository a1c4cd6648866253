import type { Advice } from './advice.ts';
import type { Sample } from './sample.ts';

/** Why a batch came back. The samples stay in the spool whatever the reason. The sentence names the server's address. */
export type SinkTrouble =
  /** The server can't be reached, the connection broke, or the server failed. */
  | Advice<'lost'>
  /** The server is there and asks the agent to wait; `retryAfterMs` is how long, null: it does not say. */
  | (Advice<'busy'> & { readonly retryAfterMs: number | null })
  /** The server refuses the API key or the login: retrying soon does not help. */
  | Advice<'refused'>;

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
