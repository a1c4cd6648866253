/**
 * One loop per sink. One delivery at a time; a sample leaves the spool only after the sink has accepted it, oldest first; what
 * came back is sent again with the same times before anything newer.
 */
import type { Clock, Timer } from '../io/clock.ts';
import type { Emit } from '../model/event.ts';
import { isToldAt } from '../model/repeat.ts';
import type { Batch, Patience, Sink, SinkTrouble } from '../model/sink.ts';
import { backoffMs } from './backoff.ts';
import { batchSamples, sendDelayMs } from './batcher.ts';

/** A sink's own place in the spool. */
export type SpoolView = {
  /** The oldest samples not accepted yet, at most `maxSamples`; null: none. */
  peek(maxSamples: number): Batch | null;
  /** How many samples are not accepted yet. */
  waiting(): number;
  /** The batch was delivered: its samples leave the spool for this sink. */
  accept(batch: Batch): void;
};

/** The other side may ask for this much patience, and not for more. */
const longestAskedMs = 3_600_000;

/** A running sender. */
export type Sender = {
  /** Committed samples are in the spool. */
  appended(): void;
  /** No run of this tick holds a slot any more: what waits is sent now. */
  settled(): void;
  /** Ends a wait after trouble: the cause may be gone. */
  retryNow(): void;
  /** Sends what is there; resolves when the spool is empty for this sink, or once a delivery has failed. */
  drained(): Promise<void>;
  /** Gives up, the sink with it; resolves when no delivery is under way. What was not accepted stays in the spool. */
  close(): Promise<void>;
};

type Trouble = { readonly kind: SinkTrouble['kind'] | 'dropped'; readonly failures: number; readonly sinceMs: number };

/** Begins to send what the spool holds for `sink`. Never throws. */
export function startSender(
  edges: { readonly clock: Clock; readonly random: () => number },
  sink: Sink,
  spool: SpoolView,
  patience: Omit<Patience, 'silenceMs'>,
  emit: Emit,
): Sender {
  const { clock } = edges;
  const limits = { minMs: patience.backoffMinMs, maxMs: patience.backoffMaxMs };
  let sending: Promise<void> | null = null;
  let batchTimer: Timer | null = null;
  let retryTimer: Timer | null = null;
  let trouble: Trouble | null = null;
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
      if (isClosed) return Promise.resolve();
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
    const delayMs = sendDelayMs({ count: spool.waiting(), sinceMs, isDue: isDue || drains.length > 0 }, clock.monotonicMs());
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
      else if (delivery.kind === 'dropped') dropFrom(batch, delivery.samples, delivery.detail, clock.monotonicMs() - startedMs);
      else if (!isClosed) giveBack(batch, delivery.trouble, delivery.mayHaveArrived);
    });
  }

  function takeOff(batch: Batch, durationMs: number): void {
    trouble = null;
    arrived(batch, batch.samples.length, durationMs);
    consider();
  }

  /** Part of the batch, or all of it, is lost for this sink. What comes behind it waits a little, should it all be lost the same way. */
  function dropFrom(batch: Batch, dropped: number, detail: string, durationMs: number): void {
    const again = troubleAgain('dropped');
    arrived(batch, batch.samples.length - dropped, durationMs);
    const elapsedMs = clock.monotonicMs() - again.sinceMs;
    emit({ event: 'batch.dropped', sink: sink.name, samples: dropped, detail, repeat: again.failures, elapsedMs });
    if (!isClosed) retryTimer = clock.after(backoffMs(again.failures, edges.random(), limits), retry);
    endDrains();
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
    returnedSamples = batch.samples.length;
    emit({ event: 'batch.returned', sink: sink.name, samples: batch.samples.length, trouble: cause, mayHaveArrived });
    const again = troubleAgain(cause.kind);
    const retryInMs = waitAfter(cause, again.failures);
    if (isToldAt(again.failures)) {
      const event = cause.kind === 'refused' ? 'sink.refused' : 'sink.lost';
      const elapsedMs = clock.monotonicMs() - again.sinceMs;
      emit({ event, sink: sink.name, trouble: cause, retryInMs, repeat: again.failures, elapsedMs });
    }
    retryTimer = clock.after(retryInMs, retry);
    endDrains();
  }

  function troubleAgain(kind: Trouble['kind']): Trouble {
    const former = trouble?.kind === kind ? trouble : { kind, failures: 0, sinceMs: clock.monotonicMs() };
    trouble = { ...former, failures: former.failures + 1 };
    return trouble;
  }

  function waitAfter(cause: SinkTrouble, failures: number): number {
    if (cause.kind === 'refused') return patience.refusedRetryMs;
    const askedMs = cause.kind === 'busy' ? Math.min(cause.retryAfterMs ?? 0, longestAskedMs) : 0;
    return Math.max(askedMs, backoffMs(failures, edges.random(), limits));
  }

  function endDrains(): void {
    const ended = drains;
    drains = [];
    for (const resolve of ended) resolve();
  }
}
