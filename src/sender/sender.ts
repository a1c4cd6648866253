/**
 * One loop per sink. One delivery at a time, oldest samples first. A sample leaves the spool only
 * after the sink has accepted it or will never accept it. A batch that came back is sent again,
 * with the same times, before anything newer.
 */
import type { Clock, Timer } from '../io/clock.ts';
import type { Emit } from '../model/event.ts';
import type { Batch, DeliveryResult, Patience, Sink, SinkTrouble } from '../model/sink.ts';
import type { SpoolView } from '../model/spool.ts';
import { Backoff } from './backoff.ts';
import { batchSamples, sendDelayMs } from './batcher.ts';
import { TroubleStreak } from './trouble-streak.ts';

/** What a sender needs of a sink's position in the spool. */
export type SenderSpool = Pick<SpoolView, 'peek' | 'waiting' | 'accept'>;

/** The machine, as far as a sender needs it. `random` gives a number in [0, 1). */
type SenderEdges = { readonly clock: Clock; readonly random: () => number };

/**
 * How long to wait for the server, and for more samples: a batch is sent `longestWaitMs` after its
 * first sample at the latest (default: see `batcher.ts`). It may change at any time.
 */
type SenderOptions = Omit<Patience, 'silenceMs'> & { readonly longestWaitMs?: number };

/** What a sender is doing. */
type SenderState =
  /** The spool has nothing for this sink. Left when samples are appended. */
  | { readonly kind: 'idle' }
  /**
   * Samples wait for more to share a batch with. Left when `timer` fires, when the batch is full,
   * or when the samples are due: their tick has settled, or the agent stops.
   */
  | { readonly kind: 'gathering'; readonly timer: Timer }
  /**
   * The sink has a batch; new samples stay in the spool. `handled` resolves after the result of
   * the delivery has been acted on.
   */
  | { readonly kind: 'sending'; readonly handled: Promise<void> }
  /**
   * After trouble, nothing is sent until `timer` fires or `retryNow` is called. `drained` cuts the
   * wait short only if `mayBeCutShort`.
   */
  | { readonly kind: 'waiting'; readonly timer: Timer; readonly mayBeCutShort: boolean }
  /** Nothing is sent any more. The result of the last delivery is still acted on (`handled`). */
  | { readonly kind: 'closed'; readonly handled: Promise<void> | null };

/** Starts to send what the spool holds for `sink`. Never throws. */
export function startSender(
  edges: SenderEdges,
  sink: Sink,
  spool: SenderSpool,
  options: SenderOptions,
  emit: Emit,
): Sender {
  return new Sender(edges, sink, spool, options, emit);
}

/** A running sender; made by `startSender`. */
export class Sender {
  readonly #edges: SenderEdges;
  readonly #sink: Sink;
  readonly #spool: SenderSpool;
  readonly #options: SenderOptions;
  readonly #emit: Emit;

  #state: SenderState = { kind: 'idle' };
  /** When the first sample came that is not in the batch under way. Null: none, or not known. */
  #gatheredSinceMs: number | null = null;
  /** Send at once, whatever the number and age of the samples. At first true, for the backlog. */
  #isDue = true;
  /** How many stored samples came back, to send the same batch again; null: none came back. */
  #returnedSamples: number | null = null;
  #isConnected = false;
  readonly #backoff: Backoff;
  readonly #streak = new TroubleStreak();
  /** Resolve the promises that `drained` gave. */
  #drains: (() => void)[] = [];

  constructor(edges: SenderEdges, sink: Sink, spool: SenderSpool, options: SenderOptions, emit: Emit) {
    this.#edges = edges;
    this.#sink = sink;
    this.#spool = spool;
    this.#options = options;
    this.#emit = emit;
    this.#backoff = new Backoff(edges.random, { minMs: options.backoffMinMs, maxMs: options.backoffMaxMs });
    this.#sendOrGather();
  }

  /** Reports that new samples were committed to the spool. */
  appended(): void {
    this.#gatheredSinceMs ??= this.#nowMs();
    this.#sendOrGather();
  }

  /**
   * Reports that no run of this tick holds a slot any more, or that the host's moment has come:
   * the samples that wait are sent now.
   */
  settled(): void {
    if (this.#gatheredSinceMs !== null) this.#isDue = true;
    this.#sendOrGather();
  }

  /** Ends a wait after trouble and tries again, even if the server asked for the wait. */
  retryNow(): void {
    if (this.#state.kind !== 'waiting') return;
    this.#state.timer.cancel();
    this.#send();
  }

  /**
   * Sends what is in the spool. Resolves when the spool is empty for this sink, or once a delivery
   * has failed. During a wait after trouble it tries once. It resolves at once instead if the
   * server asked for that wait, or has just dropped a whole batch.
   */
  drained(): Promise<void> {
    const state = this.#state;
    if (state.kind === 'closed' || (state.kind === 'waiting' && !state.mayBeCutShort)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drains.push(resolve);
      if (state.kind === 'waiting') this.retryNow();
      else this.#sendOrGather();
    });
  }

  /**
   * Stops, and closes the sink. Resolves when no delivery is under way. Samples that were not
   * accepted stay in the spool.
   */
  async close(): Promise<void> {
    const state = this.#state;
    if (state.kind === 'gathering' || state.kind === 'waiting') state.timer.cancel();
    const handled = state.kind === 'sending' || state.kind === 'closed' ? state.handled : null;
    this.#state = { kind: 'closed', handled };
    this.#endDrains();
    this.#sink.close();
    await handled;
  }

  /** Decides between sending now, waiting for more samples, and having nothing to do. */
  #sendOrGather(): void {
    const state = this.#state;
    if (state.kind !== 'idle' && state.kind !== 'gathering') return;
    if (state.kind === 'gathering') state.timer.cancel();
    const isDue = this.#isDue || this.#drains.length > 0;
    const waiting = { count: this.#spool.waiting(), sinceMs: this.#gatheredSinceMs, isDue };
    const delayMs = sendDelayMs(waiting, this.#nowMs(), this.#options.longestWaitMs);
    if (delayMs === null) this.#becomeIdle();
    else if (delayMs === 0) this.#send();
    else this.#state = { kind: 'gathering', timer: this.#edges.clock.after(delayMs, () => this.#sendOrGather()) };
  }

  #becomeIdle(): void {
    this.#state = { kind: 'idle' };
    this.#gatheredSinceMs = null;
    this.#isDue = false;
    this.#returnedSamples = null;
    this.#endDrains();
  }

  #send(): void {
    const batch = this.#spool.peek(this.#returnedSamples ?? batchSamples, this.#sink.wants);
    if (batch === null) {
      this.#becomeIdle();
      return;
    }
    this.#gatheredSinceMs = null;
    this.#isDue = false;
    const startedMs = this.#nowMs();
    const handled = this.#sink
      .deliver(batch.samples, batch.notices)
      .then((result) => this.#onResult(batch, result, startedMs));
    this.#state = { kind: 'sending', handled };
  }

  #onResult(batch: Batch, result: DeliveryResult, startedMs: number): void {
    if (this.#state.kind === 'sending') this.#state = { kind: 'idle' };
    const durationMs = this.#nowMs() - startedMs;
    if (result.kind === 'accepted') this.#onAccepted(batch, durationMs);
    else if (result.kind === 'dropped') this.#onDropped(batch, result.samples, result.detail, durationMs);
    else if (this.#state.kind !== 'closed') this.#onReturned(batch, result.trouble, result.mayHaveArrived);
  }

  #onAccepted(batch: Batch, durationMs: number): void {
    this.#streak.end();
    this.#backoff.reset();
    this.#takeFromSpool(batch, batch.samples.length, durationMs);
    this.#sendOrGather();
  }

  /**
   * The sink has lost part of the batch, or all of it. The samples behind it wait, and longer each
   * time that nothing arrived. While the agent stops, there is no wait if some of the batch
   * arrived.
   */
  #onDropped(batch: Batch, dropped: number, detail: string, durationMs: number): void {
    const arrived = batch.samples.length - dropped;
    if (arrived > 0) this.#backoff.reset();
    this.#backoff.failed();
    this.#takeFromSpool(batch, arrived, durationMs);
    const streak = this.#streak.next('dropped', this.#nowMs());
    this.#emit({ event: 'batch.dropped', sink: this.#sink.name, samples: dropped, detail, ...streak });
    if (arrived > 0 && this.#drains.length > 0) this.#sendOrGather();
    else if (this.#state.kind !== 'closed') this.#wait(this.#backoff.delayMs(0), arrived > 0);
  }

  #onReturned(batch: Batch, trouble: SinkTrouble, mayHaveArrived: boolean): void {
    const sink = this.#sink.name;
    this.#isConnected = false;
    this.#returnedSamples = batch.storedSamples;
    this.#emit({ event: 'batch.returned', sink, samples: batch.samples.length, trouble, mayHaveArrived });
    this.#backoff.failed();
    const askedMs = trouble.kind === 'busy' ? Math.max(0, trouble.retryAfterMs ?? 0) : 0;
    const retryInMs = trouble.kind === 'refused' ? this.#options.refusedRetryMs : this.#backoff.delayMs(askedMs);
    const event = trouble.kind === 'refused' ? 'sink.refused' : 'sink.lost';
    this.#emit({ event, sink, trouble, retryInMs, ...this.#streak.next(trouble.kind, this.#nowMs()) });
    this.#wait(retryInMs, askedMs === 0);
  }

  /** The whole batch is settled: the server has `arrived` samples of it, the others are lost. */
  #takeFromSpool(batch: Batch, arrived: number, durationMs: number): void {
    const sink = this.#sink.name;
    this.#spool.accept(batch);
    if (!this.#isConnected) this.#emit({ event: 'sink.connected', sink });
    this.#isConnected = true;
    this.#returnedSamples = null;
    if (arrived > 0) this.#emit({ event: 'batch.sent', sink, samples: arrived, durationMs });
    if (batch.hasMore) this.#isDue = true;
  }

  #wait(delayMs: number, mayBeCutShort: boolean): void {
    const timer = this.#edges.clock.after(delayMs, () => this.retryNow());
    this.#state = { kind: 'waiting', timer, mayBeCutShort };
    this.#endDrains();
  }

  #endDrains(): void {
    const ended = this.#drains;
    this.#drains = [];
    for (const resolve of ended) resolve();
  }

  #nowMs(): number {
    return this.#edges.clock.monotonicMs();
  }
}
