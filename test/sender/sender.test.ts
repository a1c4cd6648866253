import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accepted, lost, refused, setUp } from './set-up.ts';

describe('when to send', () => {
  test('samples go when the tick has settled', () => {
    const { sink, sender, append, clock } = setUp();
    append(3);
    append(2);
    expect(sink.underWay()).toBe(null);
    sender.settled();
    expect(sink.underWay()?.length).toBe(5);
    expect(clock.pending()).toBe(0);
  });

  test('samples go 1 s after the first of them where the tick does not settle', () => {
    const { sink, append, clock } = setUp();
    append(1);
    clock.advance(600);
    append(1);
    clock.advance(399);
    expect(sink.underWay()).toBe(null);
    clock.advance(1);
    expect(sink.underWay()?.length).toBe(2);
  });

  test('samples go at once when there are 5,000, and no more than that in one batch', async () => {
    const { sink, append } = setUp();
    append(4999);
    expect(sink.underWay()).toBe(null);
    append(2);
    expect(sink.underWay()?.length).toBe(5000);
    await sink.answer(accepted);
    expect(sink.underWay()?.length).toBe(1);
  });

  test('a tick that settles with nothing to send does not hurry the next one', () => {
    const { sink, sender, append, clock } = setUp();
    sender.appended();
    sender.settled();
    clock.advance(900);
    append(1);
    expect(sink.underWay()).toBe(null);
    clock.advance(999);
    expect(sink.underWay()).toBe(null);
    clock.advance(1);
    expect(sink.underWay()?.length).toBe(1);
  });

  test('what is appended during a delivery goes when its tick has settled, and not before', async () => {
    const { sink, sender, append } = setUp();
    append(1);
    sender.settled();
    append(2);
    await sink.answer(accepted);
    expect(sink.underWay()).toBe(null);
    sender.settled();
    expect(sink.underWay()?.map((sample) => sample.value)).toEqual([1, 2]);
    append(1);
    sender.settled();
    await sink.answer(accepted);
    expect(sink.underWay()?.map((sample) => sample.value)).toEqual([3]);
  });

  test('a tick that settles during a delivery does not hurry what comes after it', async () => {
    const { sink, sender, append } = setUp();
    append(1);
    sender.settled();
    sender.settled();
    append(1);
    await sink.answer(accepted);
    expect(sink.underWay()).toBe(null);
  });
});

describe('a backlog', () => {
  test('is sent at start, oldest first, batch after batch, without pause', async () => {
    const { sink, spool, clock } = setUp(12_000);
    for (const [first, count] of [
      [0, 5000],
      [5000, 5000],
      [10_000, 2000],
    ]) {
      expect(sink.underWay()?.[0]?.value).toBe(first);
      expect(sink.underWay()?.length).toBe(count);
      await sink.answer(accepted);
    }
    expect(sink.underWay()).toBe(null);
    expect(spool.waiting()).toBe(0);
    expect(clock.nowMs()).toBe(1_000_000);
  });

  test('is not held up by what is appended meanwhile', async () => {
    const { sink, append } = setUp(5001);
    append(1);
    await sink.answer(accepted);
    expect(sink.underWay()?.map((sample) => sample.value)).toEqual([5000, 5001]);
  });

  test('goes on in the same way after trouble', async () => {
    const { sink, clock } = setUp(7000);
    await sink.answer(accepted);
    await sink.answer(lost);
    clock.advance(2000);
    await sink.answer(accepted);
    expect(sink.underWay()).toBe(null);
  });
});

describe('trouble', () => {
  test('sends the same batch again, with the same times, before what came in between', async () => {
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

  test('takes nothing from the spool until the batch is accepted', async () => {
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

  test('ends where the spool has lost what was to be sent again', async () => {
    const { sink, spool, append, clock, sender } = setUp(2);
    await sink.answer(lost);
    spool.accept({ samples: [], position: 2, hasMore: false }); // as when the oldest are thrown away
    clock.advance(30_000);
    expect(sink.underWay()).toBe(null);
    append(7);
    sender.settled();
    expect(sink.underWay()?.length).toBe(7);
  });
});

describe('what is told', () => {
  test('a delivery: connected at the first, and each batch with its size and duration', async () => {
    const { sink, clock, events } = setUp(6000);
    clock.advance(40);
    await sink.answer(accepted);
    clock.advance(2);
    await sink.answer(accepted);
    expect(events).toEqual([
      { event: 'sink.connected', sink: 'held' },
      { event: 'batch.sent', sink: 'held', samples: 5000, durationMs: 40 },
      { event: 'batch.sent', sink: 'held', samples: 1000, durationMs: 2 },
    ]);
  });

  test('steady trouble: at the first, 2nd, 4th and 8th time with the time since it began, and its end', async () => {
    const { sink, clock, events } = setUp(1, { backoffMinMs: 1000, backoffMaxMs: 1000 });
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await sink.answer(lost);
      clock.advance(1000);
    }
    await sink.answer(accepted);
    const told = events.filter((event) => event.event !== 'batch.returned');
    const trouble = { kind: 'lost', detail: 'connection to 127.0.0.1:1 refused' };
    expect(told).toEqual([
      { event: 'sink.lost', sink: 'held', trouble, retryInMs: 1000, repeat: 1, elapsedMs: 0 },
      { event: 'sink.lost', sink: 'held', trouble, retryInMs: 1000, repeat: 2, elapsedMs: 1000 },
      { event: 'sink.lost', sink: 'held', trouble, retryInMs: 1000, repeat: 4, elapsedMs: 3000 },
      { event: 'sink.lost', sink: 'held', trouble, retryInMs: 1000, repeat: 8, elapsedMs: 7000 },
      { event: 'sink.connected', sink: 'held' },
      { event: 'batch.sent', sink: 'held', samples: 1, durationMs: 0 },
    ]);
    expect(events.filter((event) => event.event === 'batch.returned').length).toBe(9);
  });

  test('a refused key in the same way, and a change of trouble as a new one', async () => {
    const { sink, sender, events } = setUp(1);
    for (const delivery of [refused, refused, refused, lost, refused]) {
      await sink.answer(delivery);
      sender.retryNow();
    }
    expect(events.map((event) => event.event).filter((name) => name.startsWith('sink.'))).toEqual([
      'sink.refused',
      'sink.refused',
      'sink.lost',
      'sink.refused',
    ]);
    expect(events).toContainEqual({
      event: 'sink.refused',
      sink: 'held',
      trouble: { kind: 'refused', detail: 'the key is refused' },
      retryInMs: 30_000,
    });
  });

  test('trouble after a delivery ends with connected again', async () => {
    const { sink, events, clock } = setUp(10_001);
    await sink.answer(accepted);
    await sink.answer(lost);
    clock.advance(30_000);
    await sink.answer(accepted);
    expect(events.map((event) => event.event)).toEqual([
      'sink.connected',
      'batch.sent',
      'batch.returned',
      'sink.lost',
      'sink.connected',
      'batch.sent',
    ]);
  });
});

describe('stopping', () => {
  /** Whether a promise has settled by now. */
  async function hasSettled(promise: Promise<void>): Promise<boolean> {
    const pending = {};
    await new Promise((resolve) => setImmediate(resolve));
    return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
  }

  test('draining sends at once what waits and ends when the spool is empty', async () => {
    const { sink, sender, spool, append } = setUp();
    append(10);
    const drained = sender.drained();
    append(5000);
    expect(sink.underWay()?.length).toBe(10);
    await sink.answer(accepted);
    expect(await hasSettled(drained)).toBe(false);
    await sink.answer(accepted);
    await drained;
    expect(spool.waiting()).toBe(0);
  });

  test('draining an empty spool is done at once', async () => {
    const { sender } = setUp();
    await sender.drained();
  });

  test('draining waits for what is under way, and sends what came behind it', async () => {
    const { sink, sender, append } = setUp(1);
    append(2);
    const drained = sender.drained();
    await sink.answer(accepted);
    expect(await hasSettled(drained)).toBe(false);
    expect(sink.underWay()?.length).toBe(2);
    await sink.answer(accepted);
    await drained;
  });

  test('draining ends when a delivery fails, and tries once even in the midst of trouble', async () => {
    const { sink, sender, spool } = setUp(3);
    await sink.answer(lost);
    const drained = sender.drained();
    expect(sink.underWay()?.length).toBe(3);
    expect(await hasSettled(drained)).toBe(false);
    await sink.answer(lost);
    await drained;
    expect(spool.waiting()).toBe(3);
  });

  test('closing gives up what is under way, keeps it in the spool and tells nothing', async () => {
    const { sink, sender, spool, events, clock, append } = setUp(3);
    const drained = sender.drained();
    await sender.close();
    await drained;
    expect(sink.isClosed()).toBe(true);
    expect(spool.waiting()).toBe(3);
    append(6000);
    sender.settled();
    sender.retryNow();
    await sender.drained();
    expect(sink.delivered.length).toBe(1);
    expect(events).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  test('closing leaves no timer behind, neither of a batch nor of trouble', async () => {
    const waiting = setUp();
    waiting.append(1);
    const troubled = setUp(1);
    await troubled.sink.answer(lost);
    for (const { sender, clock } of [waiting, troubled]) {
      expect(clock.pending()).toBe(1);
      await sender.close();
      expect(clock.pending()).toBe(0);
    }
  });

  test('a batch that was accepted while the sender closed leaves the spool all the same', async () => {
    const { sink, sender, spool } = setUp(3);
    const answered = sink.answer(accepted);
    await sender.close();
    await answered;
    expect(spool.waiting()).toBe(0);
  });
});

test('whatever happens, every sample is accepted exactly once, in order, and only after it was delivered', async () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), count: fc.oneof(fc.nat(20), fc.nat(12_000)) }),
    fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(40_000) }),
    fc.record({ kind: fc.constantFrom('settle', 'retry', 'drain', 'accept', 'lose', 'refuse') }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const { sink, spool, sender, clock, append } = setUp();
      const taken: number[] = [];
      const take = async (): Promise<void> => {
        const samples = sink.underWay() ?? [];
        expect(samples.map((sample) => sample.value)).toEqual(samples.map((_, index) => taken.length + index));
        expect(spool.position()).toBe(taken.length);
        taken.push(...samples.map((sample) => sample.value));
        await sink.answer(accepted);
        expect(spool.position()).toBe(taken.length);
      };
      for (const step of actions) {
        if (step.kind === 'append') append(step.count);
        else if (step.kind === 'advance') clock.advance(step.ms);
        else if (step.kind === 'settle') sender.settled();
        else if (step.kind === 'retry') sender.retryNow();
        else if (step.kind === 'drain') void sender.drained();
        else if (sink.underWay() === null) continue;
        else if (step.kind === 'accept') await take();
        else await sink.answer(step.kind === 'lose' ? lost : refused);
        expect(spool.position()).toBe(taken.length);
      }
      for (clock.advance(30_000); sink.underWay() !== null; clock.advance(30_000)) await take();
      expect(taken.length).toBe(spool.appended.length);
      await sender.close();
    }),
    { numRuns: 200 },
  );
});
