import { expect, onTestFinished, test } from 'vitest';
import type { Batch } from '../../../src/model/sink.ts';
import { startSender } from '../../../src/sender/sender.ts';
import { fakeCollector } from '../../helpers/fake-collector.ts';
import { turnUntil } from '../../helpers/turns.ts';
import { instrumentalSink, someLines, someSamples } from '../set-up.ts';

const refusedRetryMs = 30_000;

/** A sender with its real sink, 5 samples that wait, and a collector that refuses the key. */
async function refusedSender() {
  const collector = await fakeCollector({ refuse: true });
  const { sink, clock, events } = instrumentalSink({ port: collector.port });
  let waiting = someSamples(5);
  const spool = {
    peek: (): Batch | null =>
      waiting.length === 0 ? null : { samples: waiting, storedSamples: waiting.length, position: 5, hasMore: false },
    waiting: () => waiting.length,
    accept: () => {
      waiting = [];
    },
  };
  const told: string[] = [];
  const patience = { backoffMinMs: 1000, backoffMaxMs: 30_000, refusedRetryMs };
  const sender = startSender({ clock, random: () => 0 }, sink, spool, patience, (event) => told.push(event.event));
  onTestFinished(async () => {
    await sender.close();
    await collector.close();
  });
  /** Resolves when the collector has refused for the nth time and the sender knows. */
  const refusals = async (count: number) => {
    const heard = () => told.filter((event) => event === 'batch.returned').length;
    let resolve = () => {};
    const done = new Promise<void>((settle) => {
      resolve = settle;
    });
    await turnUntil(done, () => {
      if (heard() >= count) resolve();
    });
    return collector.connections.length;
  };
  return { collector, clock, events, told, sender, spool, refusals };
}

test('a refused key keeps every sample and is tried again each time refusedRetryMs has passed, not sooner', async () => {
  const { clock, spool, refusals } = await refusedSender();
  expect(await refusals(1)).toBe(1);
  for (const again of [2, 3, 4]) {
    clock.advance(refusedRetryMs - 1);
    expect(clock.pending()).toBe(1); // only the wait: nothing is under way
    clock.advance(1);
    expect(await refusals(again)).toBe(again);
    expect(spool.waiting()).toBe(5);
  }
});

test('a refused key is tried again at once on request, and the samples that waited arrive with their own times', async () => {
  const { collector, clock, spool, sender, refusals } = await refusedSender();
  await refusals(1);
  collector.setMode({ refuse: false });
  sender.retryNow();
  await collector.until(({ batches }) => batches.length === 1);
  await turnUntil(sender.drained(), () => {});
  expect(clock.nowMs()).toBe(0); // no time has passed
  expect(collector.batches).toEqual([someLines(5)]);
  expect(spool.waiting()).toBe(0);
});

test('a stop tries a refused key once more and leaves the samples in the spool', async () => {
  const { spool, sender, refusals } = await refusedSender();
  await refusals(1);
  await sender.drained();
  expect(await refusals(2)).toBe(2);
  await sender.close();
  expect(spool.waiting()).toBe(5);
});
