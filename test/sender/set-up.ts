import type { AgentEvent } from '../../src/model/event.ts';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { Batch, DeliveryResult, Patience, Sink } from '../../src/model/sink.ts';
import { type SenderSpool, startSender } from '../../src/sender/sender.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

/**
 * A spool in an array: `appended` is everything it ever held; the first `position` of these were
 * accepted.
 */
export type ArraySpool = SenderSpool & { readonly appended: Sample[]; position(): number; append(count: number): void };

/** An empty spool; `append` adds samples whose value is their index. */
export function arraySpool(): ArraySpool {
  const appended: Sample[] = [];
  let position = 0;
  return {
    appended,
    position: () => position,
    append(count) {
      for (let index = 0; index < count; index += 1) {
        const place = appended.length;
        appended.push({ metric: metricName('host.plugin.m'), value: place, atS: unixSeconds(1_700_000_000 + place) });
      }
    },
    waiting: () => appended.length - position,
    peek(maxSamples): Batch | null {
      const samples = appended.slice(position, position + maxSamples);
      if (samples.length === 0) return null;
      return {
        samples,
        storedSamples: samples.length,
        position: position + samples.length,
        hasMore: position + samples.length < appended.length,
      };
    },
    accept(batch) {
      if (batch.position < position) throw new Error('a batch was accepted twice');
      position = batch.position;
    },
  };
}

/** A sink whose deliveries wait for the test's answer. */
export type HeldSink = Sink & {
  /** The batch under way; null: none. */
  underWay(): readonly Sample[] | null;
  /** Every batch that was handed over. */
  readonly delivered: (readonly Sample[])[];
  /** Answers the batch under way, and resolves when the sender has acted on the answer. */
  answer(delivery: DeliveryResult): Promise<void>;
  readonly isClosed: () => boolean;
};

/** Answers for `answer`. */
export const accepted: DeliveryResult = { kind: 'accepted', confirmed: true };
export const lost: DeliveryResult = {
  kind: 'returned',
  trouble: { kind: 'lost', commands: [], sentence: 'connection to 127.0.0.1:1 refused' },
  mayHaveArrived: false,
};
export const refused: DeliveryResult = {
  kind: 'returned',
  trouble: { kind: 'refused', commands: [], sentence: 'the key is refused' },
  mayHaveArrived: false,
};
export const busy = (retryAfterMs: number | null): DeliveryResult => ({
  kind: 'returned',
  trouble: { kind: 'busy', commands: [], sentence: '127.0.0.1:1 answered 503', retryAfterMs },
  mayHaveArrived: false,
});
export const dropped = (samples: number): DeliveryResult => ({
  kind: 'dropped',
  samples,
  detail: '127.0.0.1:1 answered 400',
});

/** A sink that holds each delivery until it is answered or closed. */
function heldSink(): HeldSink {
  const delivered: (readonly Sample[])[] = [];
  let held: { readonly samples: readonly Sample[]; readonly resolve: (delivery: DeliveryResult) => void } | null = null;
  let isClosed = false;
  return {
    name: 'held',
    keptForS: 0,
    delivered,
    underWay: () => held?.samples ?? null,
    isClosed: () => isClosed,
    deliver(samples) {
      if (held !== null) throw new Error('two deliveries at a time');
      delivered.push(samples);
      return new Promise((resolve) => {
        held = { samples, resolve };
      });
    },
    probe: () => Promise.resolve(null),
    async answer(delivery) {
      if (held === null) throw new Error('nothing is under way');
      const { resolve } = held;
      held = null;
      resolve(delivery);
      await new Promise((done) => setImmediate(done)); // every promise that waits for it has settled then
    },
    close() {
      isClosed = true;
      held?.resolve(lost);
      held = null;
    },
  };
}

/**
 * A sender over an array spool and a held sink, with `random` fixed at a half. `wall.aheadMs` sets
 * the wall clock alone.
 */
export function setUp(
  backlog = 0,
  options: Partial<Omit<Patience, 'silenceMs'>> & { readonly longestWaitMs?: number } = {},
) {
  const clock = fakeClock(1_000_000);
  const wall = { aheadMs: 0 };
  const sink = heldSink();
  const spool = arraySpool();
  const events: AgentEvent[] = [];
  spool.append(backlog);
  const sender = startSender(
    { clock: { ...clock, nowMs: () => clock.nowMs() + wall.aheadMs }, random: () => 0.5 },
    sink,
    spool,
    { backoffMinMs: 1000, backoffMaxMs: 30_000, refusedRetryMs: 30_000, ...options },
    (event) => events.push(event),
  );
  const append = (count: number): void => {
    spool.append(count);
    sender.appended();
  };
  return { clock, wall, sink, spool, events, sender, append };
}
