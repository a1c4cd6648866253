import type { Advice } from './advice.ts';
import type { Notice } from './mark.ts';
import type { Sample } from './sample.ts';

/**
 * Why a batch came back. The samples stay in the spool whatever the reason. The sentence names
 * the server's address.
 */
export type SinkTrouble =
  /** The server can't be reached, the connection broke, or the server failed. */
  | Advice<'lost'>
  /**
   * The server is there and asks the agent to wait; `retryAfterMs` is how long, null: it does not
   * say.
   */
  | (Advice<'busy'> & { readonly retryAfterMs: number | null })
  /**
   * The server refuses the agent (its key, login, address, database …): a person must correct
   * that.
   */
  | Advice<'refused'>;

/** How the delivery of one batch ended. */
export type DeliveryResult =
  /** It has arrived. Not `confirmed`: it was written whole, but this server never confirms. */
  | { readonly kind: 'accepted'; readonly confirmed: boolean }
  /**
   * The server will never take `samples` of it, however often they are sent; the rest has
   * arrived.
   */
  | { readonly kind: 'dropped'; readonly samples: number; readonly detail: string }
  /**
   * It must be sent again. `mayHaveArrived`: some of it was already written, and may arrive
   * twice.
   */
  | { readonly kind: 'returned'; readonly trouble: SinkTrouble; readonly mayHaveArrived: boolean };

/**
 * A sample as a sink gets it. `increase` is there only for a sink that asks for increases, in the
 * samples of counters: how much the counter grew since the sample before that this sink got. Null:
 * there is no such sample, or it is not older than this one; this sample then says nothing.
 */
export type DeliveredSample = Sample & { readonly increase?: number | null };

/**
 * What one delivery carries: the oldest samples that a sink has not accepted yet. `storedSamples`
 * is how many were stored, which is more than `samples` holds if some could not be read back;
 * `position` is opaque and grows; `hasMore`: more samples wait after these.
 */
export type Batch = {
  readonly samples: readonly DeliveredSample[];
  readonly storedSamples: number;
  readonly position: number;
  readonly hasMore: boolean;
  /** Only for a sink that asks for notices: those that it has not accepted; missing: none. */
  readonly notices?: readonly Notice[];
};

/** Where samples go. One batch at a time; `deliver` never rejects. */
export type Sink = {
  /**
   * Stable, and unique among the configured sinks: the spool keeps the position under this name.
   */
  readonly name: string;
  /**
   * For how many seconds its unaccepted samples are kept while the agent runs without it. 0: not
   * at all.
   */
  readonly keptForS: number;
  /** What it gets of each sample. Missing: all of its series. */
  readonly wants?: WantedParts;
  /** Whether it gets notices. Missing: it does not. */
  readonly wantsNotices?: boolean;
  deliver(batch: readonly DeliveredSample[], notices?: readonly Notice[]): Promise<DeliveryResult>;
  /**
   * Asks the server, without a sample, whether it accepts the agent. Null: it does. Never
   * rejects; not during a `deliver`.
   */
  probe(): Promise<SinkTrouble | null>;
  /** Ends a delivery that is under way: its `deliver` resolves as returned. */
  close(): void;
};

/**
 * What a sink gets of samples. `values`: of their series only that it is of the kind `info`, which
 * means nothing by its dotted name. `increases`: counters also have their increase since the sample
 * before.
 */
export type WantedParts = 'values' | 'series' | 'increases';

/**
 * How long a sink's unaccepted samples are kept while the agent runs without it: a week, in
 * seconds.
 */
export const positionKeptForS = 7 * 24 * 3600;

/**
 * How long the agent waits for a server, in ms. An edge, so that a test of faults need not wait
 * for minutes.
 */
export type Patience = {
  /** Bounds of the wait between two attempts after trouble. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** The wait after a refusal. */
  readonly refusedRetryMs: number;
  /** How long the server may be silent at any step of a delivery. */
  readonly silenceMs: number;
};
