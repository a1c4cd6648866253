/** A timer that was set. */
export type Timer = { cancel(): void };

/** Time as the agent sees it; tests bring their own. */
export type Clock = {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Milliseconds that only ever go forward, for durations. */
  monotonicMs(): number;
  /** Calls `fn` once after `delayMs`; a delay beyond what timers can hold (2^31 − 1 ms) is cut to it, a negative one is 0. */
  after(delayMs: number, fn: () => void): Timer;
};

const longestMs = 2 ** 31 - 1; // past this, Node fires at once

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, Math.min(Math.max(delayMs, 0), longestMs));
    return { cancel: () => clearTimeout(timer) };
  },
};
