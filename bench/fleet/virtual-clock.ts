import type { Clock, Timer } from '../../src/io/clock.ts';

/** A clock that jumps from one timer to the next. Timers fire on whole ms, as Node's do. */
export type VirtualClock = Clock & {
  /** Fires all timers until then, in order. Promises settle after each ms that has timers. */
  runUntil(untilMs: number): Promise<void>;
};

/** A timer in the ring of its ms. Cancelled timers, which are most, leave the ring at once. */
class Link implements Timer {
  fn: (() => void) | null;
  previous: Link = this;
  next: Link = this;

  /** The head of a ring has no `fn`. */
  constructor(fn: (() => void) | null) {
    this.fn = fn;
  }

  cancel() {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this; // so that a second call does nothing
    this.next = this;
  }
}

/**
 * Creates a clock that stands at `startMs`, a whole number, and is fast with millions of timers.
 */
export function virtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  const rings = new Map<number, Link>();
  const heap: number[] = []; // the keys of the rings, the smallest first: a binary heap

  function push(dueMs: number) {
    let place = heap.push(dueMs) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (above <= dueMs) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = dueMs;
  }

  function pop() {
    const last = heap.pop() ?? 0;
    if (heap.length === 0) return;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      const right = heap[child + 1] ?? Number.POSITIVE_INFINITY;
      const least = Math.min(heap[child] ?? 0, right);
      if (least >= last) break;
      heap[place] = least;
      place = least === right ? child + 1 : child;
    }
    heap[place] = last;
  }

  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, fn) {
      const dueMs = nowMs + Math.ceil(Math.max(0, delayMs));
      let head = rings.get(dueMs);
      if (head === undefined) {
        head = new Link(null);
        rings.set(dueMs, head);
        push(dueMs);
      }
      const timer = new Link(fn);
      timer.previous = head.previous;
      timer.next = head;
      head.previous.next = timer;
      head.previous = timer;
      return timer;
    },
    async runUntil(untilMs) {
      for (let dueMs = heap[0]; dueMs !== undefined && dueMs <= untilMs; dueMs = heap[0]) {
        pop();
        nowMs = dueMs;
        const head = rings.get(dueMs);
        rings.delete(dueMs); // timers that are set for this ms meanwhile come next
        for (let timer = head?.next; timer?.fn; timer = head?.next) {
          timer.cancel();
          timer.fn();
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = untilMs;
    },
  };
}

/** Numbers in [0, 1), the same for the same seed: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
