import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/io/clock.ts';
import { nextBoundaryMs, startTicker } from '../../src/scheduler/ticker.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

/** Ticks of `intervalS` on a clock that begins at `startMs`. */
function ticking(startMs: number, intervalS: number) {
  const clock = fakeClock(startMs);
  const ticks: number[] = [];
  const ticker = startTicker(clock, intervalS, ({ atS }) => ticks.push(atS));
  return { clock, ticks, ticker };
}

describe('the next boundary', () => {
  test('is a multiple of the interval since the epoch, and lies ahead', () => {
    expect([0, 1, 59_000, 59_994].map((nowMs) => nextBoundaryMs(nowMs, 60))).toEqual([60_000, 60_000, 60_000, 60_000]);
    expect(nextBoundaryMs(1_700_000_000_000, 3600)).toBe(1_700_002_800_000);
  });

  test('is the one after, when this one has come or is a hair away', () => {
    expect([60_000, 59_995, 60_001].map((nowMs) => nextBoundaryMs(nowMs, 60))).toEqual([120_000, 120_000, 120_000]);
  });

  test('is never more than one interval away, and never closer than a hair', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 86_400 }), (nowMs, intervalS) => {
        const boundaryMs = nextBoundaryMs(nowMs, intervalS);
        expect(boundaryMs % (intervalS * 1000)).toBe(0);
        expect(boundaryMs - nowMs).toBeGreaterThan(5 - 1e-9);
        expect(boundaryMs - nowMs).toBeLessThanOrEqual(intervalS * 1000 + 5);
      }),
    );
  });
});

describe('a ticker', () => {
  test('ticks on every boundary and on no other moment', () => {
    const { clock, ticks } = ticking(5_000, 60);
    clock.advance(54_999);
    expect(ticks).toEqual([]);
    clock.advance(1);
    expect(ticks).toEqual([60]);
    clock.advance(180_000);
    expect(ticks).toEqual([60, 120, 180, 240]);
  });

  for (const [name, intervalS] of Object.entries({ second: 1, hour: 3600 })) {
    test(`ticks each ${name} on the ${name}`, () => {
      const startMs = 1_700_000_123_456;
      const { clock, ticks } = ticking(startMs, intervalS);
      clock.advance(intervalS * 1000 * 100);
      expect(ticks).toHaveLength(100);
      const first = Math.ceil(startMs / 1000 / intervalS) * intervalS;
      expect(ticks).toEqual(Array.from({ length: 100 }, (_, index) => first + index * intervalS));
    });
  }

  test('gives an agent that was stopped for two boundaries one tick, not three', () => {
    const { clock, ticks } = ticking(5_000, 60);
    clock.advance(55_000);
    clock.stall(125_000);
    clock.advance(55_000);
    expect(ticks).toEqual([60, 180, 240]);
  });

  test('gives a host that slept through two boundaries one tick, not three', () => {
    const { clock, ticks } = ticking(5_000, 60);
    clock.advance(55_000);
    clock.jump(125_000); // timers stand still while the host sleeps
    clock.advance(60_000);
    expect(ticks).toEqual([60, 240]);
    clock.advance(55_000);
    expect(ticks).toEqual([60, 240, 300]);
  });

  test('makes no burst when the clock is set ahead by a day', () => {
    const { clock, ticks } = ticking(0, 60);
    clock.advance(60_000);
    clock.jump(86_400_000);
    clock.advance(60_000);
    expect(ticks).toEqual([60, 86_520]);
  });

  test('does not tick twice for a boundary when the clock is set back behind it', () => {
    const { clock, ticks } = ticking(0, 60);
    clock.advance(60_000);
    clock.jump(-2_000);
    clock.advance(60_000);
    expect(ticks).toEqual([60]);
    clock.advance(2_000);
    expect(ticks).toEqual([60, 120]);
  });

  test('continues when the clock is set back by a day', () => {
    const { clock, ticks } = ticking(86_400_000, 60);
    clock.advance(60_000);
    clock.jump(-86_430_000);
    clock.advance(200_000);
    expect(ticks).toEqual([86_460, 120, 180]);
  });

  test('ticks at the boundary, though its timer fires a few ms early', () => {
    const { clock, ticks } = early(0, 60, 4);
    clock.fire();
    clock.fire();
    expect(ticks).toEqual([60, 120]);
  });

  test('waits on for the boundary when its timer fires far too early', () => {
    const { clock, ticks } = early(0, 60, 20_000);
    clock.fire();
    expect([ticks, clock.delayMs()]).toEqual([[], 20_000]);
    clock.fire();
    clock.fire();
    expect(ticks).toEqual([60]);
  });

  test('is armed for the next boundary before the work begins, so that slow work moves nothing', () => {
    const clock = fakeClock(0);
    const pending: number[] = [];
    startTicker(clock, 60, () => {
      pending.push(clock.pending());
      clock.stall(70_000); // the work takes longer than an interval
    });
    clock.advance(60_000);
    clock.advance(0);
    expect(pending).toEqual([1, 1]);
  });

  test('ticks no more once it is closed, not even from within a tick', () => {
    const { clock, ticks, ticker } = ticking(0, 60);
    clock.advance(60_000);
    ticker.close();
    clock.advance(600_000);
    expect([ticks, clock.pending()]).toEqual([[60], 0]);

    const other = fakeClock(0);
    let count = 0;
    const closing = startTicker(other, 60, () => {
      count += 1;
      closing.close();
    });
    other.advance(600_000);
    expect([count, other.pending()]).toEqual([1, 0]);
  });

  test('never ticks twice for one boundary and never off one, however the clock jumps ahead', () => {
    const kind = fc.constantFrom('advance', 'jump', 'stall');
    const step = fc.record({ kind, ms: fc.integer({ min: 0, max: 200_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom(1, 7, 60), (steps, intervalS) => {
        const { clock, ticks } = ticking(1_000_000, intervalS);
        for (const { kind, ms } of steps) clock[kind](ms);
        expect(ticks.every((atS) => atS % intervalS === 0)).toBe(true);
        expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b));
      }),
    );
  });
});

/** A machine whose timers fire too early by `earlyMs`, each time by no more than what is left. */
function early(startMs: number, intervalS: number, earlyMs: number) {
  let nowMs = startMs;
  let pending = { delayMs: 0, fn: () => {} };
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, fn) {
      pending = { delayMs, fn };
      return { cancel() {} };
    },
  };
  const ticks: number[] = [];
  startTicker(clock, intervalS, ({ atS }) => ticks.push(atS));
  const fire = () => {
    const { delayMs, fn } = pending;
    nowMs += delayMs > earlyMs ? delayMs - earlyMs : delayMs;
    fn();
  };
  return { clock: { fire, delayMs: () => pending.delayMs }, ticks };
}

describe('a ticker whose interval changes', () => {
  test('ticks on the boundaries of the new one from then on', () => {
    const { clock, ticks, ticker } = ticking(5_000, 60);
    clock.advance(60_000);
    ticker.setInterval(10);
    clock.advance(20_000);
    ticker.setInterval(60);
    clock.advance(60_000);
    expect(ticks).toEqual([60, 70, 80, 120]);
  });

  test('loses no boundary that is due in the very moment of the change, and ticks on none twice', () => {
    for (const earlyMs of [0, 3]) {
      const { clock, ticks, ticker } = ticking(5_000, 60);
      clock.stall(55_000 - earlyMs); // the timer is due, and has not fired yet
      ticker.setInterval(30);
      clock.advance(60_000);
      expect(ticks).toEqual([60, 90, 120].slice(0, earlyMs === 0 ? 3 : 2));
    }
  });

  test('is not disturbed where the interval stays the same', () => {
    const { clock, ticks, ticker } = ticking(5_000, 60);
    for (let n = 0; n < 100; n += 1) {
      ticker.setInterval(60);
      clock.advance(1000);
    }
    expect(ticks).toEqual([60]);
  });
});
