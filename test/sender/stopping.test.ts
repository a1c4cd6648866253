import { describe, expect, test } from 'vitest';
import { turn } from '../helpers/turns.ts';
import { accepted, busy, dropped, lost, refused, setUp } from './set-up.ts';

/** Whether a promise has settled by now. */
async function hasSettled(promise: Promise<void>): Promise<boolean> {
  const pending = {};
  await turn();
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

describe('stopping', () => {
  test('draining sends at once what is in the spool and ends when the spool is empty', async () => {
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

  test('draining waits for the batch under way, and sends what was appended after it', async () => {
    const { sink, sender, append } = setUp(1);
    append(2);
    const drained = sender.drained();
    await sink.answer(accepted);
    expect(await hasSettled(drained)).toBe(false);
    expect(sink.underWay()?.length).toBe(2);
    await sink.answer(accepted);
    await drained;
  });

  test('draining ends when a delivery fails, and tries once even after trouble', async () => {
    const { sink, sender, spool } = setUp(3);
    await sink.answer(lost);
    const drained = sender.drained();
    expect(sink.underWay()?.length).toBe(3);
    expect(await hasSettled(drained)).toBe(false);
    await sink.answer(lost);
    await drained;
    expect(spool.waiting()).toBe(3);
  });

  for (const [title, answer] of [
    ['was lost', lost],
    ['refused the key', refused],
    ['is busy and does not say for how long', busy(null)],
    ['took part of the last batch', dropped(1)],
  ] as const) {
    test(`draining tries once if the server ${title}`, async () => {
      const { sink, sender } = setUp(10_000);
      await sink.answer(answer);
      const drained = sender.drained();
      expect(sink.underWay()?.length).toBe(5000);
      await sink.answer(lost);
      await drained;
    });
  }

  for (const [title, answer] of [
    ['asked the agent to wait', busy(60_000)],
    ['dropped the whole of the last batch', dropped(5000)],
  ] as const) {
    test(`draining leaves the samples in the spool if the server ${title}`, async () => {
      const { sink, spool, sender, clock } = setUp(10_000);
      await sink.answer(answer);
      const waiting = spool.waiting();
      await sender.drained();
      expect([sink.underWay(), spool.waiting()]).toEqual([null, waiting]);
      await sender.close();
      expect(clock.pending()).toBe(0);
    });
  }

  test('draining continues without a wait while some of each batch arrives, and ends at a batch that is lost whole', async () => {
    const { sink, sender, spool } = setUp(20_000);
    const drained = sender.drained();
    await sink.answer(dropped(1));
    await sink.answer(dropped(4999));
    expect([await hasSettled(drained), sink.underWay()?.length]).toEqual([false, 5000]);
    await sink.answer(dropped(5000));
    await drained;
    expect([sink.underWay(), spool.waiting()]).toEqual([null, 5000]);
  });

  test('draining ends when the last batch was dropped in part', async () => {
    const { sink, sender, spool } = setUp(3);
    const drained = sender.drained();
    await sink.answer(dropped(1));
    await drained;
    expect(spool.waiting()).toBe(0);
  });

  test('closing gives up the batch under way, keeps it in the spool and reports nothing', async () => {
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

  test('a batch that was dropped while the sender closed leaves the spool too, which is reported, and nothing is sent after it', async () => {
    const { sink, sender, spool, events, clock } = setUp(6000);
    const answered = sink.answer(dropped(5000));
    await sender.close();
    await answered;
    expect([spool.waiting(), clock.pending(), sink.underWay()]).toEqual([1000, 0, null]);
    expect(events.map(({ event }) => event)).toEqual(['sink.connected', 'batch.dropped']);
  });
});
