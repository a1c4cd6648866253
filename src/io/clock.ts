/** A timer that was started. */
export type Timer = { cancel(): void };

/** Time as the agent sees it. Tests use a clock of their own. */
export type Clock = {
  /** Returns the time of day, in milliseconds since the epoch. It may be set back. */
  nowMs(): number;
  /** Returns milliseconds that only increase. For durations. */
  monotonicMs(): number;
  /**
   * Calls `fn` once after `delayMs`. A delay longer than timers can have (2^31 − 1 ms) is cut to
   * that, and a negative one is 0.
   */
  after(delayMs: number, fn: () => void): Timer;
};

const longestMs = 2 ** 31 - 1; // Node calls back at once after a longer delay

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, Math.min(Math.max(delayMs, 0), longestMs));
    return { cancel: () => clearTimeout(timer) };
  },
};
