import type { Walk } from '../../src/model/walk.ts';

/** A walk of one step. */
// biome-ignore lint/correctness/useYield: that is its point
export function* walkOf<Value>(value: Value): Walk<Value> {
  return value;
}
