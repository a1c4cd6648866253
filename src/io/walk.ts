/**
 * Walks over much data without holding the event loop. A walk is a generator (`model/walk.ts`)
 * that yields after each little piece of work. It is run in steps: a step ends after 8 ms, one of
 * an urgent walk after 15 ms, and all other work of the agent has its turn before the next one.
 * Several walks take turns: they do one step together, not one each, before other work has its
 * turn. Urgent ones do seven steps for each one of the others. So the data of a walk may change
 * between two steps: each walk says in its docstring what it returns then.
 */
import type { Walk } from '../model/walk.ts';

const stepMs = { urgent: 15, others: 8 } as const;

type Urgency = keyof typeof stepMs;

const urgentInARow = 7;

/** The next steps of all walks that are under way, in the order of their turns. */
const waitingSteps: Readonly<Record<Urgency, (() => void)[]>> = { urgent: [], others: [] };
let isTurnDue = false;
let urgentTurns = 0;

/**
 * Runs a walk in steps, the first one now. Calls `onDone` with its result, or `onFailed` with what
 * it threw: at once if the first step was enough, so that a small walk is done when this returns.
 */
export function walkInSteps<Value>(
  walk: Walk<Value>,
  onDone: (value: Value) => void,
  onFailed: (error: unknown) => void,
  urgency: Urgency = 'others',
): void {
  let done: { readonly value: Value } | null = null;
  try {
    done = stepOf(walk, stepMs[urgency]);
  } catch (error) {
    onFailed(error);
    return;
  }
  if (done !== null) onDone(done.value);
  else inTurn(() => walkInSteps(walk, onDone, onFailed, urgency), urgency);
}

/** Does a step when it is its turn: at most one each time around the event loop. */
function inTurn(step: () => void, urgency: Urgency): void {
  waitingSteps[urgency].push(step);
  awaitTurn();
}

function awaitTurn(): void {
  if (isTurnDue || waitingSteps.urgent.length + waitingSteps.others.length === 0) return;
  isTurnDue = true;
  setImmediate(() => {
    isTurnDue = false;
    const step = nextStep();
    awaitTurn();
    step?.();
  });
}

function nextStep(): (() => void) | undefined {
  const { urgent, others } = waitingSteps;
  const isUrgent = urgent.length > 0 && (others.length === 0 || urgentTurns < urgentInARow);
  urgentTurns = isUrgent ? urgentTurns + 1 : 0;
  return isUrgent ? urgent.shift() : others.shift();
}

/** Does the same with a promise. */
export function inSteps<Value>(walk: Walk<Value>): Promise<Value> {
  return new Promise((resolve, reject) => walkInSteps(walk, resolve, reject));
}

/** Runs a walk in one step, where nothing else has to be done meanwhile. */
export function atOnce<Value>(walk: Walk<Value>): Value {
  for (;;) {
    const next = walk.next();
    if (next.done === true) return next.value;
  }
}

/** Takes about `lengthMs`. Null: there is more to do. */
function stepOf<Value>(walk: Walk<Value>, lengthMs: number): { readonly value: Value } | null {
  const beganMs = performance.now();
  do {
    const next = walk.next();
    if (next.done === true) return { value: next.value };
  } while (performance.now() - beganMs < lengthMs);
  return null;
}

/**
 * Runs walks of one kind one after the other. A request that comes while one is under way waits
 * for it, and shares the walk after it with all other requests of the same key. So the result
 * that a request gets is never of a time before it, and however many requests come, they cost
 * hardly more than one.
 */
export class WalkQueue<Value> {
  readonly #urgency: Urgency;
  #isUnderWay = false;
  /** The walks that are still to be begun, by their keys, in the order of their first requests. */
  readonly #waiting = new Map<string, { readonly result: Promise<Value>; readonly start: () => void }>();

  constructor(urgency: Urgency = 'others') {
    this.#urgency = urgency;
  }

  /** Rejects with what the walk throws. A short walk, if none is under way, is done at once. */
  run(key: string, begin: () => Walk<Value>): Promise<Value> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting.result;
    if (!this.#isUnderWay) return new Promise((resolve, reject) => this.#start(begin(), resolve, reject));
    let start = () => {};
    const result = new Promise<Value>((resolve, reject) => {
      start = () => this.#start(begin(), resolve, reject);
    });
    this.#waiting.set(key, { result, start });
    return result;
  }

  /** Whether no walk is under way, and none waits. */
  isIdle(): boolean {
    return !this.#isUnderWay;
  }

  #start(walk: Walk<Value>, resolve: (value: Value) => void, reject: (error: unknown) => void): void {
    this.#isUnderWay = true;
    walkInSteps(
      walk,
      (value) => {
        resolve(value);
        this.#ended();
      },
      (error) => {
        reject(error);
        this.#ended();
      },
      this.#urgency,
    );
  }

  #ended(): void {
    const [next] = this.#waiting;
    this.#isUnderWay = next !== undefined;
    if (next === undefined) return;
    const [key, { start }] = next;
    setImmediate(() => {
      this.#waiting.delete(key);
      start();
    });
  }
}

const sortedAtOnce = 1000;

/** Returns the items in order. Equal ones keep their order. Yields after each 1,000 items. */
export function* sortWalk<Item>(items: readonly Item[], compare: (a: Item, b: Item) => number): Walk<readonly Item[]> {
  if (items.length <= sortedAtOnce) return items.toSorted(compare);
  let runs: Item[][] = [];
  for (let from = 0; from < items.length; from += sortedAtOnce) {
    runs.push(items.slice(from, from + sortedAtOnce).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: Item[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* mergeWalk(runs[at] ?? [], runs[at + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergeWalk<Item>(
  left: readonly Item[],
  right: readonly Item[],
  compare: (a: Item, b: Item) => number,
): Walk<Item[]> {
  const merged: Item[] = [];
  let [fromLeft, fromRight] = [0, 0];
  while (fromLeft < left.length || fromRight < right.length) {
    const [a, b] = [left[fromLeft], right[fromRight]];
    if (b === undefined || (a !== undefined && compare(a, b) <= 0)) {
      if (a !== undefined) merged.push(a);
      fromLeft += 1;
    } else {
      merged.push(b);
      fromRight += 1;
    }
    if (merged.length % sortedAtOnce === 0) yield;
  }
  return merged;
}
