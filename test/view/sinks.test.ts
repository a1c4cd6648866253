import { expect, test } from 'vitest';
import type { AgentEvent } from '../../src/model/event.ts';
import { createSinkFacts } from '../../src/view/sinks.ts';

const again = { repeat: 1, elapsedMs: 0 };
const lost = (kind: 'lost' | 'busy' | 'refused', detail: string): AgentEvent => ({
  event: kind === 'refused' ? 'sink.refused' : 'sink.lost',
  sink: 'influx',
  trouble: kind === 'busy' ? { kind, detail, retryAfterMs: null } : { kind, detail },
  retryInMs: 1,
  ...again,
});
const sent = (samples: number): AgentEvent => ({ event: 'batch.sent', sink: 'influx', samples, durationMs: 1 });
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
  expect(afterEvents(...troubled.slice(0, 2))).toMatchObject({ state: 'busy', trouble: 'later', troubleSinceS: 100 });
  expect(afterEvents(...troubled)).toMatchObject({ state: 'refused', trouble: 'no', troubleSinceS: 100 });
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
    trouble: 'a bad one',
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
