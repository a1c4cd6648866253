/** A batch is closed at so many samples. */
export const batchSamples = 5000;

/** A batch is closed so long after its first sample. */
const longestWaitMs = 1000;

/** What waits: `sinceMs` is when the first of it came, null if it was there before; `isDue`: send whatever the count and age. */
export type Waiting = { readonly count: number; readonly sinceMs: number | null; readonly isDue: boolean };

/** In how many ms to send: 0 is now, null is nothing to send. Both times are of the same clock. */
export function sendDelayMs(waiting: Waiting, nowMs: number): number | null {
  if (waiting.count === 0) return null;
  if (waiting.isDue || waiting.sinceMs === null || waiting.count >= batchSamples) return 0;
  return Math.max(0, waiting.sinceMs + longestWaitMs - nowMs);
}
