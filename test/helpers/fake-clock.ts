import type { Clock, Timer } from '../../src/io/clock.ts';

type PendingTimer = { readonly dueMs: number; readonly fn: () => void };

/** A clock that stands still until a test moves it. */
export type FakeClock = Clock & {
  /** Moves both clocks, and fires the timers that fall due, in order. */
  advance(ms: number): void;
  /**
   * Moves the wall clock alone: it is set ahead or back, or the machine slept. Timers follow the
   * monotonic clock, so none fires or comes nearer.
   */
  jump(ms: number): void;
  /**
   * Moves both clocks without firing a timer, as when the event loop is busy. What fell due fires
   * at the next `advance`.
   */
  stall(ms: number): void;
  /** How many timers are set. */
  pending(): number;
};

/**
 * The monotonic clock starts at a number of its own, so that a test fails where one clock is taken
 * for the other.
 */
const firstMonotonicMs = 77_000;

/** A fake clock whose wall clock starts at `startMs`. */
export function fakeClock(startMs = 0): FakeClock {
  let monotonicMs = firstMonotonicMs;
  let aheadMs = startMs - monotonicMs; // of the wall clock
  const pending = new Set<PendingTimer>();
  const earliest = (untilMs: number) =>
    [...pending].filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  return {
    nowMs: () => monotonicMs + aheadMs,
    monotonicMs: () => monotonicMs,
    after(delayMs, fn): Timer {
      const timer = { dueMs: monotonicMs + Math.max(0, delayMs), fn };
      pending.add(timer);
      return { cancel: () => void pending.delete(timer) };
    },
    advance(ms) {
      const untilMs = monotonicMs + ms;
      for (let timer = earliest(untilMs); timer; timer = earliest(untilMs)) {
        pending.delete(timer);
        monotonicMs = Math.max(monotonicMs, timer.dueMs);
        timer.fn();
      }
      monotonicMs = Math.max(monotonicMs, untilMs);
    },
    jump(ms) {
      aheadMs += ms;
    },
    stall(ms) {
      monotonicMs += ms;
    },
    pending: () => pending.size,
  };
}
