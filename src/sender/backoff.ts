/** Bounds of the wait between two attempts, in ms. */
export type BackoffLimits = { readonly minMs: number; readonly maxMs: number };

/**
 * How long to wait after `failures` (1, 2, …) failures in a row: anywhere between `minMs` and a ceiling that doubles with each
 * failure up to `maxMs`, so that hosts which lost a collector together do not come back together. `random` is in [0, 1).
 */
export function backoffMs(failures: number, random: number, limits: BackoffLimits): number {
  const ceilingMs = Math.min(limits.maxMs, limits.minMs * 2 ** failures);
  return limits.minMs + random * Math.max(0, ceilingMs - limits.minMs);
}
