import { describe, expect, test } from 'vitest';
import { accepted, dropped, lost, setUp } from './set-up.ts';

const hourMs = 3_600_000;

describe.each([
  ['ahead', hourMs],
  ['back', -hourMs],
])('a wall clock that is set %s by an hour', (_where, jumpMs) => {
  test('neither delays nor hurries a batch: it is sent 1 s after its first sample', () => {
    const { sink, append, clock } = setUp();
    append(1);
    clock.advance(400);
    clock.jump(jumpMs);
    append(1);
    clock.advance(599);
    expect(sink.underWay()).toBe(null);
    clock.advance(1);
    expect(sink.underWay()?.length).toBe(2);
  });

  test('does not change how long a delivery took', async () => {
    const { sink, clock, events } = setUp(10_000);
    clock.jump(jumpMs);
    clock.advance(20);
    await sink.answer(accepted);
    clock.jump(jumpMs);
    clock.advance(30);
    await sink.answer(dropped(3));
    expect(events.filter(({ event }) => event === 'batch.sent')).toMatchObject([
      { samples: 5000, durationMs: 20 },
      { samples: 4997, durationMs: 30 },
    ]);
  });

  test('does not change for how long the sink has been in trouble, nor how long the sender waits', async () => {
    const { sink, clock, events } = setUp(1);
    await sink.answer(lost);
    clock.jump(jumpMs);
    clock.advance(1499);
    expect(sink.underWay()).toBe(null);
    clock.advance(1);
    await sink.answer(lost);
    expect(events.filter(({ event }) => event === 'sink.lost')).toMatchObject([
      { repeat: 1, elapsedMs: 0 },
      { repeat: 2, elapsedMs: 1500 },
    ]);
  });
});
