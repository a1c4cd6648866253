import type { Clock } from '../../src/io/clock.ts';

type Pending = { dueMs: number; fn: () => void };

/**
 * A clock that stands still until told. `advance` fires what falls due, in order; `jump` moves the wall clock and fires
 * what has fallen due only at the next `advance`, as a machine does that wakes from sleep.
 */
export function fakeClock(
  startMs = 0,
): Clock & { advance(ms: number): void; jump(ms: number): void; pending(): number } {
  let nowMs = startMs;
  const pending = new Set<Pending>();
  const earliest = (untilMs: number) =>
    [...pending].filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, fn) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), fn };
      pending.add(timer);
      return { cancel: () => void pending.delete(timer) };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let timer = earliest(untilMs); timer; timer = earliest(untilMs)) {
        pending.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.fn();
      }
      nowMs = untilMs;
    },
    jump: (ms) => {
      nowMs += ms;
    },
    pending: () => pending.size,
  };
}
