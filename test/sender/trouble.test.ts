import { describe, expect, test } from 'vitest';
import type { DeliveryResult } from '../../src/model/sink.ts';
import { accepted, busy, dropped, lost, refused, setUp } from './set-up.ts';

describe('trouble', () => {
  test('sends the same batch again, with the same times, before what was appended in between', async () => {
    const { sink, sender, append, clock } = setUp();
    append(3);
    sender.settled();
    append(4);
    await sink.answer(lost);
    append(1);
    clock.advance(30_000);
    expect(sink.delivered[1]).toEqual(sink.delivered[0]);
    await sink.answer(accepted);
    expect(sink.underWay()?.map((sample) => sample.value)).toEqual([3, 4, 5, 6, 7]);
  });

  test('removes nothing from the spool until the batch is accepted', async () => {
    const { sink, spool, clock } = setUp(3);
    expect(spool.position()).toBe(0);
    await sink.answer(lost);
    expect(spool.position()).toBe(0);
    clock.advance(30_000);
    expect(spool.position()).toBe(0);
    await sink.answer(accepted);
    expect(spool.position()).toBe(3);
  });

  test('waits longer each time, up to the longest wait, whatever is appended or settles meanwhile', async () => {
    const { sink, sender, append, clock } = setUp(1);
    for (const waitMs of [1500, 2500, 4500, 8500, 15_500, 15_500]) {
      await sink.answer(lost);
      append(6000);
      sender.settled();
      clock.advance(waitMs - 1);
      expect(sink.underWay()).toBe(null);
      clock.advance(1);
      expect(sink.underWay()).not.toBe(null);
    }
  });

  test('begins with a short wait again after a delivery', async () => {
    const { sink, clock } = setUp(6000);
    await sink.answer(lost);
    clock.advance(1500);
    await sink.answer(lost);
    clock.advance(2500);
    await sink.answer(accepted);
    await sink.answer(lost);
    clock.advance(1500);
    expect(sink.underWay()?.length).toBe(1000);
  });

  test('with the key is retried every 30 s', async () => {
    const { sink, clock } = setUp(1);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await sink.answer(refused);
      clock.advance(29_999);
      expect(sink.underWay()).toBe(null);
      clock.advance(1);
      expect(sink.underWay()).not.toBe(null);
    }
  });

  test('is retried at once on request, and a request at any other time does nothing', async () => {
    const { sink, sender, append, clock } = setUp();
    sender.retryNow();
    append(1);
    sender.retryNow();
    expect(sink.underWay()).toBe(null);
    sender.settled();
    sender.retryNow();
    await sink.answer(refused);
    sender.retryNow();
    expect(sink.underWay()?.length).toBe(1);
    expect(clock.pending()).toBe(0);
  });

  test('ends if the spool has lost the batch that must be sent again', async () => {
    const { sink, spool, append, clock, sender } = setUp(2);
    await sink.answer(lost);
    spool.accept({ samples: [], storedSamples: 0, position: 2, hasMore: false }); // as when the oldest are thrown away
    clock.advance(30_000);
    expect(sink.underWay()).toBe(null);
    append(7);
    sender.settled();
    expect(sink.underWay()?.length).toBe(7);
  });
});

describe('a server that asks the agent to wait', () => {
  /** How long the sender waits after this answer. */
  async function waitAfter(at: ReturnType<typeof setUp>, delivery: DeliveryResult): Promise<number> {
    await at.sink.answer(delivery);
    const fromMs = at.clock.nowMs();
    while (at.sink.underWay() === null) at.clock.advance(500);
    return at.clock.nowMs() - fromMs;
  }

  test('gets as much as it asks for and a backoff on top, so that hosts it asked together do not come back together', async () => {
    const at = setUp(1);
    expect(await waitAfter(at, busy(60_000))).toBe(61_500);
    expect(await waitAfter(at, busy(60_000))).toBe(62_500);
    const reported = at.events.flatMap((event) =>
      event.event === 'sink.lost' ? [[event.trouble.kind, event.retryInMs, event.repeat]] : [],
    );
    expect(reported).toEqual([
      ['busy', 61_500, 1],
      ['busy', 62_500, 2],
    ]);
  });

  test('gets the usual backoff at least, whatever it asks for', async () => {
    const at = setUp(1);
    expect(await waitAfter(at, busy(null))).toBe(1500);
    expect(await waitAfter(at, busy(0))).toBe(2500);
    expect(await waitAfter(at, busy(-90_000))).toBe(4500);
  });

  test('gets an hour at most', async () => {
    expect(await waitAfter(setUp(1), busy(3_600_000 * 24))).toBe(3_600_000);
  });

  test('and fails in other ways in between makes the waits longer each time', async () => {
    const at = setUp(1);
    const waits = [];
    for (const delivery of [lost, busy(null), lost, busy(null)]) waits.push(await waitAfter(at, delivery));
    expect(waits).toEqual([1500, 2500, 4500, 8500]);
  });
});

describe('a server that drops what it gets', () => {
  test('for good: the batch leaves the spool, and each is reported with its number in a row and the time since the first', async () => {
    const { sink, spool, clock, events } = setUp(12_000);
    await sink.answer(dropped(5000));
    expect(spool.position()).toBe(5000);
    clock.advance(1500);
    expect(sink.underWay()?.[0]?.value).toBe(5000);
    await sink.answer(dropped(5000));
    const shape = { event: 'batch.dropped', sink: 'held', samples: 5000, detail: '127.0.0.1:1 answered 400' };
    expect(events).toEqual([
      { event: 'sink.connected', sink: 'held' },
      { ...shape, repeat: 1, elapsedMs: 0 },
      { ...shape, repeat: 2, elapsedMs: 1500 },
    ]);
  });

  test('does not eat a backlog in seconds: the waits grow, whatever is appended or settles meanwhile', async () => {
    const { sink, spool, sender, append, clock } = setUp(60_000);
    for (const waitMs of [1500, 2500, 4500, 8500, 15_500, 15_500]) {
      await sink.answer(dropped(5000));
      append(6000);
      sender.settled();
      clock.advance(waitMs - 1);
      expect(sink.underWay()).toBe(null);
      clock.advance(1);
      expect(sink.underWay()?.length).toBe(5000);
    }
    expect(spool.position()).toBe(30_000);
  });

  test('in part has the rest: it counts as sent, and the next batch waits equally long, however often that happens', async () => {
    const { sink, spool, clock, events } = setUp(20_000);
    for (let batch = 1; batch <= 4; batch += 1) {
      clock.advance(20);
      await sink.answer(dropped(3));
      expect(spool.position()).toBe(batch * 5000);
      clock.advance(1500);
    }
    expect(events.slice(1, 3)).toMatchObject([
      { event: 'batch.sent', samples: 4997, durationMs: 20 },
      { event: 'batch.dropped', samples: 3, repeat: 1 },
    ]);
    expect(events.flatMap((event) => (event.event === 'batch.dropped' ? [event.repeat] : []))).toEqual([1, 2, 3, 4]);
    expect(sink.underWay()).toBe(null);
  });

  test('begins again, with a short wait, after a batch that arrived', async () => {
    const { sink, clock, events } = setUp(20_000);
    await sink.answer(dropped(5000));
    clock.advance(1500);
    await sink.answer(dropped(5000));
    clock.advance(2500);
    await sink.answer(accepted);
    await sink.answer(dropped(5000));
    expect(events.at(-1)).toMatchObject({ event: 'batch.dropped', repeat: 1, elapsedMs: 0 });
    clock.advance(1499);
    expect(sink.delivered.length).toBe(4);
  });

  test('is asked again at once on request', async () => {
    const { sink, sender } = setUp(10_000);
    await sink.answer(dropped(5000));
    sender.retryNow();
    expect(sink.underWay()?.length).toBe(5000);
    await sink.answer(busy(600_000));
    sender.retryNow();
    expect(sink.underWay()?.length).toBe(5000);
  });

  test('and has dropped the last sample gets nothing until there is more, and until the wait is over', async () => {
    const { sink, sender, append, clock } = setUp(3);
    await sink.answer(dropped(3));
    append(2);
    sender.settled();
    expect(sink.underWay()).toBe(null);
    clock.advance(1500);
    expect(sink.underWay()?.map((sample) => sample.value)).toEqual([3, 4]);
    await sink.answer(dropped(2));
    clock.advance(60_000);
    expect([sink.underWay(), clock.pending()]).toEqual([null, 0]);
  });
});
