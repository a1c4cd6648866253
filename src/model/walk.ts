/**
 * A walk over something that may be large: each `next` does a little of it, a few milliseconds at
 * most, and the last one returns the result. `io/walk.ts` runs it.
 */
export type Walk<Value> = Generator<void, Value, undefined>;
