/**
 * One loop per sink. One delivery at a time; a sample leaves the spool only after the sink has accepted it or will never take it, oldest
 * first; what came back is sent again with the same times before anything newer.
 */
import type { Clock, Timer } from '../io/clock.ts';
import type { Emit } from '../model/event.ts';
import type { Batch, Patience, Sink, SinkTrouble } from '../model/sink.ts';
import type { SpoolView } from '../model/spool.ts';
import { backoffMs } from './backoff.ts';
import { batchSamples, sendDelayMs } from './batcher.ts';

/** The other side may ask for this much patience, and not for more. */
const longestAskedMs = 3_600_000;

/** What a sender needs of a sink's position in the spool. */
export type SenderSpool = Pick<SpoolView, 'peek' | 'waiting' | 'accept'>;

/** A running sender. */
export type Sender = {
  /** Committed samples are in the spool. */
  appended(): void;
  /** No run of this tick holds a slot any more, or the host's moment has come: what waits is sent now. */
  settled(): void;
  /** Ends a wait after trouble, whoever asked for it: the cause may be gone. */
  retryNow(): void;
  /**
   * Sends what is there; resolves when the spool is empty for this sink, or once a delivery has failed. In a wait after trouble it tries
   * once, unless the other side asked for the wait, or has just dropped a whole batch: then it resolves at once.
   */
  drained(): Promise<void>;
  /** Gives up, the sink with it; resolves when no delivery is under way. What was not accepted stays in the spool. */
  close(): Promise<void>;
};

/** What is told: trouble of one kind in a row. */
type RepeatedTrouble = {
  readonly kind: SinkTrouble['kind'] | 'dropped';
  readonly repeat: number;
  readonly sinceMs: number;
};

/** How long to wait for the other side, and for more samples: `longestWaitMs` after the first one a batch is closed, as `batcher.ts` has it where nothing is said. Looked at each time. */
type SenderOptions = Omit<Patience, 'silenceMs'> & { readonly longestWaitMs?: number };

/** Begins to send what the spool holds for `sink`. Never throws. */
export function startSender(
  edges: { readonly clock: Clock; readonly random: () => number },
  sink: Sink,
  spool: SenderSpool,
  patience: SenderOptions,
  emit: Emit,
): Sender {
  const { clock } = edges;
  const limits = { minMs: patience.backoffMinMs, maxMs: patience.backoffMaxMs };
  let sending: Promise<void> | null = null;
  let batchTimer: Timer | null = null;
  let retryTimer: Timer | null = null;
  let trouble: RepeatedTrouble | null = null;
  let failures = 0; // deliveries in a row of which nothing arrived, whatever the trouble
  let isFirm = false; // of the wait after trouble: a stop does not cut it short
  let returnedSamples: number | null = null;
  let sinceMs: number | null = null; // of the samples behind the batch under way
  let isDue = true; // a backlog from before is sent at once
  let isConnected = false;
  let isClosed = false;
  let drains: (() => void)[] = [];

  consider();

  return {
    appended() {
      sinceMs ??= clock.monotonicMs();
      consider();
    },
    settled() {
      if (sinceMs !== null) isDue = true;
      consider();
    },
    retryNow: retry,
    drained() {
      if (isClosed || (retryTimer !== null && isFirm)) return Promise.resolve();
      return new Promise((resolve) => {
        drains.push(resolve);
        if (retryTimer === null) consider();
        else retry();
      });
    },
    async close() {
      isClosed = true;
      batchTimer?.cancel();
      retryTimer?.cancel();
      endDrains();
      sink.close();
      await sending;
    },
  };

  function consider(): void {
    if (isClosed || sending !== null || retryTimer !== null) return;
    batchTimer?.cancel();
    const waiting = { count: spool.waiting(), sinceMs, isDue: isDue || drains.length > 0 };
    const delayMs = sendDelayMs(waiting, clock.monotonicMs(), patience.longestWaitMs);
    if (delayMs === null) idle();
    else if (delayMs === 0) send();
    else batchTimer = clock.after(delayMs, consider);
  }

  function idle(): void {
    sinceMs = null;
    isDue = false;
    returnedSamples = null;
    endDrains();
  }

  function retry(): void {
    if (retryTimer === null || isClosed) return;
    retryTimer.cancel();
    retryTimer = null;
    send();
  }

  function send(): void {
    const batch = spool.peek(returnedSamples ?? batchSamples); // as many as came back: the same batch again
    if (batch === null) idle();
    else deliver(batch);
  }

  function deliver(batch: Batch): void {
    sinceMs = null;
    isDue = false;
    const startedMs = clock.monotonicMs();
    sending = sink.deliver(batch.samples).then((delivery) => {
      sending = null;
      if (delivery.kind === 'accepted') takeOff(batch, clock.monotonicMs() - startedMs);
      else if (delivery.kind === 'dropped')
        dropFrom(batch, delivery.samples, delivery.detail, clock.monotonicMs() - startedMs);
      else if (!isClosed) giveBack(batch, delivery.trouble, delivery.mayHaveArrived);
    });
  }

  function takeOff(batch: Batch, durationMs: number): void {
    trouble = null;
    failures = 0;
    arrived(batch, batch.samples.length, durationMs);
    consider();
  }

  /** Part of the batch, or all of it, is lost for this sink. What comes behind it waits, and longer each time that nothing arrived. */
  function dropFrom(batch: Batch, dropped: number, detail: string, durationMs: number): void {
    const rest = batch.samples.length - dropped;
    failures = rest > 0 ? 1 : failures + 1;
    arrived(batch, rest, durationMs);
    emit({ event: 'batch.dropped', sink: sink.name, samples: dropped, detail, ...troubleAgain('dropped') });
    if (rest > 0 && drains.length > 0)
      consider(); // a stop does not wait while some of it arrives
    else if (!isClosed) wait(waitMs(0), rest === 0);
  }

  function arrived(batch: Batch, samples: number, durationMs: number): void {
    spool.accept(batch);
    if (!isConnected) emit({ event: 'sink.connected', sink: sink.name });
    isConnected = true;
    returnedSamples = null;
    if (samples > 0) emit({ event: 'batch.sent', sink: sink.name, samples, durationMs });
    if (batch.hasMore) isDue = true;
  }

  function giveBack(batch: Batch, cause: SinkTrouble, mayHaveArrived: boolean): void {
    isConnected = false;
    returnedSamples = batch.storedSamples;
    emit({ event: 'batch.returned', sink: sink.name, samples: batch.samples.length, trouble: cause, mayHaveArrived });
    failures += 1;
    const askedMs = cause.kind === 'busy' ? Math.max(0, cause.retryAfterMs ?? 0) : 0;
    const retryInMs = cause.kind === 'refused' ? patience.refusedRetryMs : waitMs(askedMs);
    const event = cause.kind === 'refused' ? 'sink.refused' : 'sink.lost';
    emit({ event, sink: sink.name, trouble: cause, retryInMs, ...troubleAgain(cause.kind) });
    wait(retryInMs, askedMs > 0);
  }

  function wait(delayMs: number, firmly: boolean): void {
    isFirm = firmly;
    retryTimer = clock.after(delayMs, retry);
    endDrains();
  }

  /** Some time on top of what was asked for, so that hosts that were asked together do not come back together. */
  function waitMs(askedMs: number): number {
    return Math.min(longestAskedMs, askedMs + backoffMs(failures, edges.random(), limits));
  }

  /** Another kind of trouble is a new one. */
  function troubleAgain(kind: RepeatedTrouble['kind']): { readonly repeat: number; readonly elapsedMs: number } {
    const former = trouble?.kind === kind ? trouble : { repeat: 0, sinceMs: clock.monotonicMs() };
    trouble = { kind, repeat: former.repeat + 1, sinceMs: former.sinceMs };
    return { repeat: trouble.repeat, elapsedMs: clock.monotonicMs() - trouble.sinceMs };
  }

  function endDrains(): void {
    const ended = drains;
    drains = [];
    for (const resolve of ended) resolve();
  }
}
