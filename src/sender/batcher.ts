/** The most samples of one batch. A batch that has this many is sent at once. */
export const batchSamples = 5000;

const usualWaitMs = 1000;

/**
 * Returns how long after its first sample a batch is sent at the latest, in ms. With `spread`, a
 * host's samples come little by little, so a batch collects those of a whole interval, or of half
 * a minute if the interval is longer. It is usually sent earlier, at the host's own moment.
 */
export function longestWaitMs({
  spread,
  reportIntervalS,
}: {
  readonly spread: boolean;
  readonly reportIntervalS: number;
}): number {
  return spread ? Math.min(reportIntervalS, 30) * 1000 + usualWaitMs : usualWaitMs;
}

/**
 * The samples that wait for a batch. `sinceMs` is when the first of them came; null: they were
 * there before the sender started. `isDue`: send them whatever their number and age.
 */
export type WaitingSamples = { readonly count: number; readonly sinceMs: number | null; readonly isDue: boolean };

/**
 * Returns in how many ms to send: `waitMs` after the first sample at the latest. 0: now; null:
 * there is nothing to send. `nowMs` and `sinceMs` are of the same clock.
 */
export function sendDelayMs(waiting: WaitingSamples, nowMs: number, waitMs = usualWaitMs): number | null {
  if (waiting.count === 0) return null;
  if (waiting.isDue || waiting.sinceMs === null || waiting.count >= batchSamples) return 0;
  return Math.max(0, waiting.sinceMs + waitMs - nowMs);
}
