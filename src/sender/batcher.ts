/** A batch is closed at so many samples. */
export const batchSamples = 5000;

const usualWaitMs = 1000;

/**
 * A batch is closed so long after its first sample, in ms. With `spread` a host's samples come bit by bit, and a batch takes those of a whole
 * interval, or of half a minute: as a rule it is closed before, when the host's own moment comes.
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

/** What waits: `sinceMs` is when the first of it came, null if it was there before; `isDue`: send whatever the count and age. */
export type WaitingSamples = { readonly count: number; readonly sinceMs: number | null; readonly isDue: boolean };

/** In how many ms to send, `waitMs` after the first at the latest: 0 is now, null is nothing to send. Both times are of the same clock. */
export function sendDelayMs(waiting: WaitingSamples, nowMs: number, waitMs = usualWaitMs): number | null {
  if (waiting.count === 0) return null;
  if (waiting.isDue || waiting.sinceMs === null || waiting.count >= batchSamples) return 0;
  return Math.max(0, waiting.sinceMs + waitMs - nowMs);
}
