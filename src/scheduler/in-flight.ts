import type { Clock } from '../io/clock.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { InFlightRun } from '../model/run.ts';

const notKnown = () => null;

/**
 * The claim of one plugin: it waits for a slot, or runs. The scheduler writes it; others read it
 * as an `InFlightRun`.
 */
export class InFlightEntry implements InFlightRun {
  readonly file: PluginFile;
  state: InFlightRun['state'] = 'waiting';
  sinceMs: number;
  isOverdue = false;
  skips = 0;
  /** Its last skip came because it waits for a slot, or had to wait before it began. */
  isPassedOver = false;
  /** How long it waited before it began, in ms. */
  waitedMs = 0;
  pid: () => number | null = notKnown;
  readonly #clock: Clock;
  #sinceMonotonicMs: number;

  constructor(file: PluginFile, clock: Clock) {
    this.file = file;
    this.#clock = clock;
    this.sinceMs = clock.nowMs();
    this.#sinceMonotonicMs = clock.monotonicMs();
  }

  elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#sinceMonotonicMs;
  }

  /** Its run begins now. */
  begin(pid: () => number | null): void {
    const nowMs = this.#clock.monotonicMs();
    this.state = 'running';
    this.pid = pid;
    this.sinceMs = this.#clock.nowMs();
    this.waitedMs = nowMs - this.#sinceMonotonicMs;
    this.#sinceMonotonicMs = nowMs;
  }

  /**
   * It is the run of a former agent, which holds no slot. Only the wall clock knows how old it is
   * now; from here on the monotonic clock does.
   */
  adopt(pid: number, startedMs: number): void {
    const ageMs = Math.max(0, this.#clock.nowMs() - startedMs);
    this.state = 'running';
    this.isOverdue = true;
    this.pid = () => pid;
    this.sinceMs = startedMs;
    this.#sinceMonotonicMs = this.#clock.monotonicMs() - ageMs;
  }
}

/**
 * The plugins in flight. A plugin is claimed before it is queued, and released when its process
 * has ended, so that it never runs twice at a time.
 */
export type InFlightClaims = {
  /** Claims a plugin; null: it is in flight already. */
  claim(file: PluginFile): InFlightEntry | null;
  release(file: PluginFile): void;
  /** Resolves when this plugin is released next. */
  released(file: PluginFile): Promise<void>;
  get(file: PluginFile): InFlightEntry | undefined;
  all(): readonly InFlightEntry[];
};

/** An empty set of claims. */
export function createInFlight(clock: Clock): InFlightClaims {
  const entries = new Map<PluginFile, InFlightEntry>();
  const waiters = new Map<PluginFile, (() => void)[]>();
  return {
    claim(file) {
      if (entries.has(file)) return null;
      const entry = new InFlightEntry(file, clock);
      entries.set(file, entry);
      return entry;
    },
    release(file) {
      entries.delete(file);
      const waiting = waiters.get(file) ?? [];
      waiters.delete(file);
      for (const resolve of waiting) resolve();
    },
    released: (file) => new Promise((resolve) => void waiters.set(file, [...(waiters.get(file) ?? []), resolve])),
    get: (file) => entries.get(file),
    all: () => [...entries.values()],
  };
}
