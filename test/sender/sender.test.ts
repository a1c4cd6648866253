import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeliveryResult } from '../../src/model/sink.ts';
import { accepted, busy, dropped, lost, refused, setUp } from './set-up.ts';

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

  test('samples go 1 s after the first of them if the tick does not settle', () => {
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

  test('samples that are appended during a delivery go when their tick has settled, and not before', async () => {
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

  test('a tick that settles during a delivery does not hurry the samples after it', async () => {
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

  test('continues in the same way after trouble', async () => {
    const { sink, clock } = setUp(7000);
    await sink.answer(accepted);
    await sink.answer(lost);
    clock.advance(2000);
    await sink.answer(accepted);
    expect(sink.underWay()).toBe(null);
  });
});

describe('reports', () => {
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

  test('steady trouble: each time with its number in a row and the time since the first, and its end', async () => {
    const { sink, clock, events } = setUp(1, { backoffMinMs: 1000, backoffMaxMs: 1000 });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await sink.answer(lost);
      clock.advance(1000);
    }
    await sink.answer(accepted);
    const trouble = { kind: 'lost', commands: [], sentence: 'connection to 127.0.0.1:1 refused' };
    const returned = { event: 'batch.returned', sink: 'held', samples: 1, trouble, mayHaveArrived: false };
    expect(events).toEqual([
      returned,
      { event: 'sink.lost', sink: 'held', trouble, retryInMs: 1000, repeat: 1, elapsedMs: 0 },
      returned,
      { event: 'sink.lost', sink: 'held', trouble, retryInMs: 1000, repeat: 2, elapsedMs: 1000 },
      returned,
      { event: 'sink.lost', sink: 'held', trouble, retryInMs: 1000, repeat: 3, elapsedMs: 2000 },
      { event: 'sink.connected', sink: 'held' },
      { event: 'batch.sent', sink: 'held', samples: 1, durationMs: 0 },
    ]);
  });

  test('a refused key in the same way', async () => {
    const { sink, clock, events } = setUp(1);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await sink.answer(refused);
      clock.advance(30_000);
    }
    const shape = {
      event: 'sink.refused',
      sink: 'held',
      trouble: { kind: 'refused', commands: [], sentence: 'the key is refused' },
      retryInMs: 30_000,
    };
    expect(events.filter(({ event }) => event === 'sink.refused')).toEqual([
      { ...shape, repeat: 1, elapsedMs: 0 },
      { ...shape, repeat: 2, elapsedMs: 30_000 },
    ]);
  });

  test('whether a batch that came back may have arrived', async () => {
    const { sink, sender, events } = setUp(3);
    for (const mayHaveArrived of [true, false]) {
      await sink.answer({
        kind: 'returned',
        trouble: { kind: 'lost', commands: [], sentence: 'reset' },
        mayHaveArrived,
      });
      sender.retryNow();
    }
    expect(events.flatMap((event) => (event.event === 'batch.returned' ? [event.mayHaveArrived] : []))).toEqual([
      true,
      false,
    ]);
  });

  test('a change from one kind of trouble to another as a new one', async () => {
    const { sink, sender, clock, events } = setUp(20_000);
    for (const delivery of [refused, refused, lost, lost, busy(null), dropped(5000), dropped(5000), lost]) {
      await sink.answer(delivery);
      clock.advance(10);
      sender.retryNow();
    }
    const reported = events.flatMap((event) =>
      'repeat' in event ? [[event.event, event.repeat, event.elapsedMs]] : [],
    );
    expect(reported).toEqual([
      ['sink.refused', 1, 0],
      ['sink.refused', 2, 10],
      ['sink.lost', 1, 0],
      ['sink.lost', 2, 10],
      ['sink.lost', 1, 0],
      ['batch.dropped', 1, 0],
      ['batch.dropped', 2, 10],
      ['sink.lost', 1, 0],
    ]);
  });

  test('the end of trouble after a delivery as connected again', async () => {
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

test('a wall clock that is set changes neither what is sent nor what is reported', async () => {
  const { sink, append, clock, wall, events } = setUp();
  append(1);
  wall.aheadMs = 3_600_000;
  append(1);
  expect(sink.underWay()).toBe(null);
  clock.advance(1000);
  expect(sink.underWay()?.length).toBe(2);
  wall.aheadMs = -3_600_000;
  clock.advance(20);
  await sink.answer(lost);
  clock.advance(1500);
  wall.aheadMs = 0;
  await sink.answer(lost);
  expect(events.at(-1)).toMatchObject({ event: 'sink.lost', repeat: 2, elapsedMs: 1500 });
  clock.advance(2500);
  wall.aheadMs = 3_600_000;
  clock.advance(20);
  await sink.answer(accepted);
  expect(events.at(-1)).toMatchObject({ event: 'batch.sent', durationMs: 20 });
});

test('whatever happens, every sample is accepted or dropped exactly once, in order, and only after it was handed over', async () => {
  const answers: Readonly<Record<string, DeliveryResult>> = { lose: lost, refuse: refused, busy: busy(60_000) };
  const action = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), count: fc.oneof(fc.nat(20), fc.nat(12_000)) }),
    fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(40_000) }),
    fc.record({ kind: fc.constantFrom('settle', 'retry', 'drain', 'accept', 'drop', 'lose', 'refuse', 'busy') }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const { sink, spool, sender, clock, append } = setUp();
      const taken: number[] = [];
      const take = async (delivery: DeliveryResult): Promise<void> => {
        const samples = sink.underWay() ?? [];
        expect(samples.map((sample) => sample.value)).toEqual(samples.map((_, index) => taken.length + index));
        expect(spool.position()).toBe(taken.length);
        taken.push(...samples.map((sample) => sample.value));
        await sink.answer(delivery);
        expect(spool.position()).toBe(taken.length);
      };
      for (const step of actions) {
        if (step.kind === 'append') append(step.count);
        else if (step.kind === 'advance') clock.advance(step.ms);
        else if (step.kind === 'settle') sender.settled();
        else if (step.kind === 'retry') sender.retryNow();
        else if (step.kind === 'drain') void sender.drained();
        else if (sink.underWay() === null) continue;
        else if (step.kind === 'accept') await take(accepted);
        else if (step.kind === 'drop') await take(dropped(1));
        else await sink.answer(answers[step.kind] ?? lost);
        expect(spool.position()).toBe(taken.length);
      }
      for (clock.advance(90_000); sink.underWay() !== null; clock.advance(90_000)) await take(accepted);
      expect(taken.length).toBe(spool.appended.length);
      await sender.close();
    }),
    { numRuns: 200 },
  );
});
