import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';

/** What a look-up gave: addresses, or the reason why there are none. */
type NameAnswer = { readonly error: NodeJS.ErrnoException | null; readonly addresses: LookupAddress[] };

/** Asks the system for the addresses of a name. It ends when the system answers, not before. */
type AskSystem = (name: string, options: LookupOptions, done: (answer: NameAnswer) => void) => void;

/** One look-up and the connections that wait for it. `beganAtMs` null: it waits for a thread. */
type NameLookup = {
  readonly name: string;
  readonly options: LookupOptions;
  readonly waiting: Set<(answer: NameAnswer) => void>;
  beganAtMs: number | null;
};

const mostAtOnce = 2; // libuv looks up names on half of its four threads
const patienceMs = 8000; // less than the 10 s that a sink waits, so that the name server is named
const lateAnswerKeptMs = 60_000; // a sink tries again after 30 s at most

/**
 * Looks up the names that connections are made to. A name server that does not answer holds one of
 * the two threads for that for 10 s or longer, with several name servers for half a minute. So:
 * - A connection waits for 8 s at most. An answer that comes later is kept for the next one.
 * - A name is looked up once at a time, however many connections wait for it.
 * - Names that were not answered in 8 s the last time share one thread. Other names have the other.
 */
export class NameLookups {
  readonly #clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly #ask: AskSystem;
  readonly #lookups = new Map<string, NameLookup>();
  readonly #slowNames = new Set<string>();
  readonly #lateAnswers = new Map<string, { readonly answer: NameAnswer; readonly atMs: number }>();

  constructor(clock: Pick<Clock, 'after' | 'monotonicMs'>, ask: AskSystem) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Calls `done` once, after at most 8 s, and never before this has returned. */
  find(name: string, options: LookupOptions, done: (answer: NameAnswer) => void): void {
    const late = this.#takeLateAnswer(name);
    if (late !== null) return void setImmediate(done, late);
    const lookup = this.#lookups.get(name) ?? { name, options, waiting: new Set(), beganAtMs: null };
    this.#lookups.set(name, lookup);
    const timer = this.#clock.after(patienceMs, () => {
      lookup.waiting.delete(answered);
      done({ error: noAnswer(lookup.beganAtMs === null), addresses: [] });
    });
    const answered = (answer: NameAnswer) => {
      timer.cancel();
      done(answer);
    };
    lookup.waiting.add(answered);
    this.#beginNext();
  }

  #takeLateAnswer(name: string): NameAnswer | null {
    const late = this.#lateAnswers.get(name);
    this.#lateAnswers.delete(name);
    return late && this.#clock.monotonicMs() - late.atMs < lateAnswerKeptMs ? late.answer : null;
  }

  #beginNext(): void {
    for (const lookup of this.#lookups.values())
      if (lookup.beganAtMs === null && this.#mayBegin(lookup)) this.#begin(lookup);
  }

  #mayBegin({ name }: NameLookup): boolean {
    const underWay = [...this.#lookups.values()].filter(({ beganAtMs }) => beganAtMs !== null);
    const isSlow = this.#slowNames.has(name);
    return underWay.length < mostAtOnce && !(isSlow && underWay.some((other) => this.#slowNames.has(other.name)));
  }

  #begin(lookup: NameLookup): void {
    const beganAtMs = this.#clock.monotonicMs();
    lookup.beganAtMs = beganAtMs;
    this.#ask(lookup.name, lookup.options, (answer) => this.#end(lookup, answer, beganAtMs));
  }

  #end({ name, waiting }: NameLookup, answer: NameAnswer, beganAtMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#lookups.delete(name);
    if (nowMs - beganAtMs < patienceMs) this.#slowNames.delete(name);
    else this.#slowNames.add(name);
    if (waiting.size === 0 && answer.error === null) this.#lateAnswers.set(name, { answer, atMs: nowMs });
    for (const answered of waiting) answered(answer);
    this.#beginNext();
  }
}

function noAnswer(isWaiting: boolean): NodeJS.ErrnoException {
  const code = isWaiting ? lookupWaits : 'EAI_AGAIN';
  return Object.assign(new Error(`no address within ${patienceMs / 1000} s`), { code });
}

/** The failure of a look-up that was not begun, because unanswered ones hold all threads. */
export const lookupWaits = 'ERR_LOOKUP_WAITS';

const askSystem: AskSystem = (name, options, done) =>
  dns.lookup(name, { ...options, all: true }, (error, addresses) => done({ error, addresses: addresses ?? [] }));

const lookups = new NameLookups(systemClock, askSystem); // for the whole process, whose threads they are

/** `dns.lookup` for connections, with the bounds of `NameLookups`. */
export const lookUpName: LookupFunction = (name, options, done) =>
  lookups.find(name, options, ({ error, addresses }) => {
    const [first] = addresses;
    if (options.all === true || first === undefined) done(error, addresses);
    else done(error, first.address, first.family);
  });
