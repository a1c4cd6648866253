/**
 * Trouble that may last, reported each time: `repeat` counts it in a row, `elapsedMs` is the time
 * since it began. The log has a line for the first, 2nd, 4th, 8th …
 */
export type Repeated = { readonly repeat: number; readonly elapsedMs: number };
