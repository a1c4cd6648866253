import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../src/model/event.ts';
import { createSinkFacts } from '../../src/view/sinks.ts';

const again = { repeat: 1, elapsedMs: 0 };
const lost = (kind: 'lost' | 'busy' | 'refused', detail: string): AgentEvent => ({
  event: kind === 'refused' ? 'sink.refused' : 'sink.lost',
  sink: 'influx',
  trouble:
    kind === 'busy'
      ? { kind, sentence: detail, commands: [], retryAfterMs: null }
      : { kind, sentence: detail, commands: [] },
  retryInMs: 1,
  ...again,
});
const sent = (samples: number): Extract<AgentEvent, { event: 'batch.sent' }> => ({
  event: 'batch.sent',
  sink: 'influx',
  samples,
  durationMs: 1,
});
const dropped = (samples: number): AgentEvent => ({
  event: 'batch.dropped',
  sink: 'influx',
  samples,
  detail: 'a bad one',
  ...again,
});

function afterEvents(...events: readonly AgentEvent[]) {
  const keeper = createSinkFacts();
  for (const [index, event] of events.entries()) keeper.note(event, 100 + index);
  return keeper.of('influx');
}

test('a sink that did nothing yet is new', () => {
  expect(afterEvents({ event: 'store.recovered' })).toEqual({
    state: 'new',
    trouble: null,
    troubleSinceS: null,
    lastSentAtS: null,
    sentSamples: 0,
    droppedSamples: 0,
  });
});

test('trouble dates from its beginning, also when it becomes another, and ends with the next delivery', () => {
  const troubled = [lost('lost', 'away'), lost('busy', 'later'), lost('refused', 'no')];
  expect(afterEvents(...troubled.slice(0, 2))).toMatchObject({
    state: 'busy',
    trouble: { sentence: 'later' },
    troubleSinceS: 100,
  });
  expect(afterEvents(...troubled)).toMatchObject({ state: 'refused', trouble: { sentence: 'no' }, troubleSinceS: 100 });
  expect(afterEvents(...troubled, { event: 'sink.connected', sink: 'influx' }, sent(3), sent(4))).toMatchObject({
    state: 'connected',
    trouble: null,
    troubleSinceS: null,
    lastSentAtS: 105,
    sentSamples: 7,
  });
});

test('what a sink drops is trouble of a connected one, until a batch arrives whole', () => {
  const some = [{ event: 'sink.connected', sink: 'influx' }, sent(2), dropped(1), dropped(5)] as const;
  expect(afterEvents(...some)).toMatchObject({
    state: 'connected',
    trouble: { sentence: 'a bad one' },
    troubleSinceS: 102,
    droppedSamples: 6,
  });
  expect(afterEvents(...some, sent(9))).toMatchObject({
    trouble: null,
    troubleSinceS: null,
    droppedSamples: 6,
    sentSamples: 11,
  });
});

test('a sink that is made anew begins without trouble and keeps its counts; one that is removed is forgotten', () => {
  const made: AgentEvent = { event: 'sink.added', sink: 'influx', address: 'there' };
  expect(afterEvents(sent(2), lost('refused', 'no'), made)).toMatchObject({
    state: 'new',
    trouble: null,
    sentSamples: 2,
  });
  expect(afterEvents(sent(2), { event: 'sink.removed', sink: 'influx' })).toMatchObject({
    state: 'new',
    sentSamples: 0,
  });
});

/** A view of sinks that has seen these events. */
function keeperAfter(...events: readonly AgentEvent[]) {
  const keeper = createSinkFacts();
  for (const event of events) keeper.note(event, 100);
  return keeper;
}

const noDeliveries = {
  isConnected: false,
  reconnects: 0,
  refusals: 0,
  batchesSent: 0,
  batchesReturned: 0,
  samplesSent: 0,
  samplesMaybeTwice: 0,
  samplesDropped: 0,
};

describe('the counts of a sink', () => {
  const connected = (sink = 'influx'): AgentEvent => ({ event: 'sink.connected', sink });
  const returned = (samples: number, mayHaveArrived: boolean, kind: 'lost' | 'refused' = 'lost'): AgentEvent => ({
    event: 'batch.returned',
    sink: 'influx',
    samples,
    trouble: { kind, sentence: 'x', commands: [] },
    mayHaveArrived,
  });
  const countsAfter = (...events: readonly AgentEvent[]) => keeperAfter(...events).countsOf('influx');

  test('are zero before its first delivery', () => {
    expect(countsAfter({ event: 'store.recovered' })).toEqual(noDeliveries);
  });

  test('say that it is connected until a batch comes back, and its first connection is no reconnection', () => {
    expect(countsAfter(connected())).toEqual({ ...noDeliveries, isConnected: true });
    expect(countsAfter(connected(), returned(5, false))).toMatchObject({
      isConnected: false,
      reconnects: 0,
      batchesReturned: 1,
    });
    const threeTimes = [
      returned(5, false),
      connected(),
      returned(5, false),
      connected(),
      returned(5, false),
      connected(),
    ];
    expect(countsAfter(...threeTimes)).toMatchObject({ isConnected: true, reconnects: 2, batchesReturned: 3 });
  });

  test('hold a batch as maybe twice each time that one comes back which may have arrived', () => {
    expect(countsAfter(returned(5, true), returned(5, true), returned(7, false), sent(5))).toMatchObject({
      samplesMaybeTwice: 10,
      samplesSent: 5,
      batchesSent: 1,
      batchesReturned: 3,
    });
  });

  test('tell a refusal from a loss', () => {
    expect(countsAfter(returned(5, false, 'refused'), returned(5, false))).toMatchObject({
      refusals: 1,
      batchesReturned: 2,
    });
  });

  test('say that a sink which drops samples is connected still', () => {
    expect(countsAfter(connected(), sent(6), dropped(4), dropped(4))).toMatchObject({
      isConnected: true,
      samplesDropped: 8,
      samplesSent: 6,
    });
  });

  test('are those of one sink, outlive its removal, and do not change after they were read', () => {
    const keeper = keeperAfter(sent(1), { ...sent(2), sink: 'two' }, connected('two'));
    const before = keeper.countsOf('influx');
    keeper.note(sent(9), 101);
    keeper.note({ event: 'sink.removed', sink: 'influx' }, 102);
    expect(before).toEqual({ ...noDeliveries, samplesSent: 1, batchesSent: 1 });
    expect(keeper.countsOf('influx')).toEqual({ ...noDeliveries, samplesSent: 10, batchesSent: 2 });
    expect(keeper.countsOf('two')).toEqual({ ...noDeliveries, samplesSent: 2, batchesSent: 1, isConnected: true });
  });
});
