/**
 * The values of counters that a sink got last, for a sink that gets how much they grew. They are
 * kept with the sink's position and written in the same transaction: so the increases that a sink
 * got add up, whatever happens to the agent.
 */
import type { Sample } from '../../model/sample.ts';
import type { DeliveredSample } from '../../model/sink.ts';
import { copyOf } from '../copy-of.ts';
import type { FormerValue, SpoolSql } from './sql.ts';

/** Values of counters by the metric's name. Those longest unseen come first. */
export type FormerValues = ReadonlyMap<string, FormerValue>;

/** How many counters are remembered for a sink, so that memory is bounded. */
const mostCounters = 50_000;

const dayS = 24 * 3600;

/** How many counters one `write` takes of those that another file lacks. */
const rewrittenAtOnce = 1000; // about 5 ms

/** Samples with the increases of counters, and what is to be remembered once a sink has them. */
export type CountedSamples = { readonly samples: readonly DeliveredSample[]; readonly after: FormerValues };

/**
 * Gives each sample of a counter its increase since the sample before. Where `former` has
 * `most` counters that were seen within a day, the samples of others stay as they are.
 */
export function withIncreases(samples: readonly Sample[], former: FormerValues, most = mostCounters): CountedSamples {
  const after = new Map<string, FormerValue>();
  let room = roomIn(former, samples, most);
  const counted = samples.map((sample): DeliveredSample => {
    const { metric, value, atS, series } = sample;
    if (series?.kind !== 'counter') return sample;
    const known = after.get(metric) ?? former.get(metric);
    if (known === undefined && room <= 0) return sample;
    if (known === undefined) room -= 1;
    const increase = increaseSince(known, value, atS);
    if (known === undefined || increase !== null) after.set(metric, { value, atS });
    return { ...sample, increase };
  });
  return { samples: counted, after };
}

/**
 * Returns how much a counter grew. One that is less than before was restarted: it counts from 0.
 * Null: nothing can be said, because no value before is known, or the value is not later than that.
 * A value that is a day older or more counts as later: the clock was wrong before.
 */
function increaseSince(former: FormerValue | undefined, value: number, atS: number): number | null {
  if (former === undefined || (atS <= former.atS && atS > former.atS - dayS)) return null;
  const increase = value < former.value ? Math.max(0, value) : value - former.value;
  return Math.min(increase, Number.MAX_VALUE);
}

/** Returns for how many more counters there is room, with those that were not seen for a day. */
function roomIn(former: FormerValues, samples: readonly Sample[], most: number): number {
  let room = most - former.size;
  if (room >= samples.length) return room;
  const newestAtS = samples.at(-1)?.atS ?? 0;
  for (const { atS } of former.values()) {
    if (atS > newestAtS - dayS) break;
    room += 1;
  }
  return room;
}

/** The values of counters of all sinks, in memory. It is ahead of the file as the ledger is. */
export class SinkCounters {
  readonly #most: number;
  readonly #bySink = new Map<string, Map<string, FormerValue>>();
  /** What `write` writes. Null: the counter is forgotten. */
  readonly #changed = new Map<string, Map<string, FormerValue | null>>();
  /** Sinks whose values in the file are deleted first. */
  readonly #cleared = new Set<string>();
  /** Counters that another file lacks; each `write` takes some of them. */
  #lacking: (readonly [sink: string, metric: string])[] = [];

  /** Begins with the values that the file has. */
  constructor(rows: ReturnType<SpoolSql['counters']>, most = mostCounters) {
    this.#most = most;
    for (const { sink, metric, value, atS } of rows) mapOf(this.#bySink, sink).set(metric, { value, atS });
  }

  /** Gives samples their increases for a sink. */
  count(sink: string, samples: readonly Sample[]): CountedSamples {
    return withIncreases(samples, this.#bySink.get(sink) ?? new Map(), this.#most);
  }

  /** Remembers what a sink got. Null: it got values, not increases, so all is forgotten. */
  settle(sink: string, after: FormerValues | null): void {
    if (after === null) {
      this.forget(sink);
      return;
    }
    const values = mapOf(this.#bySink, sink);
    const changed = mapOf(this.#changed, sink);
    for (const [metric, value] of after) {
      const name = copyOf(metric); // also of a known one: it is deleted so that it comes last
      values.delete(name);
      values.set(name, value);
      changed.set(name, value);
    }
    for (const metric of values.keys()) {
      if (values.size <= this.#most) break;
      values.delete(metric);
      changed.set(metric, null);
    }
  }

  /** Forgets all counters of a sink. */
  forget(sink: string): void {
    if (!this.#bySink.delete(sink)) return;
    this.#changed.delete(sink);
    this.#cleared.add(sink);
  }

  isDirty(): boolean {
    return this.#changed.size > 0 || this.#cleared.size > 0 || this.isRewriting();
  }

  /** Has the next writes write everything, a part each, because the file is another, empty one. */
  rewrite(): void {
    this.#lacking = [...this.#bySink].flatMap(([sink, values]) =>
      Array.from(values.keys(), (metric) => [sink, metric] as const),
    );
  }

  /** Whether the file still lacks counters. */
  isRewriting(): boolean {
    return this.#lacking.length > 0;
  }

  /** Writes what changed, inside the caller's transaction. Throws what SQLite says. */
  write(sql: Pick<SpoolSql, 'clearCounters' | 'keepCounter' | 'removeCounter'>): void {
    for (const sink of this.#cleared) sql.clearCounters(sink);
    for (const [sink, changed] of this.#changed)
      for (const [metric, former] of changed)
        if (former === null) sql.removeCounter(sink, metric);
        else sql.keepCounter(sink, metric, former);
    for (const [sink, metric] of this.#lacking.slice(0, rewrittenAtOnce)) {
      const former = this.#bySink.get(sink)?.get(metric);
      if (former) sql.keepCounter(sink, metric, former);
    }
  }

  /** Notes that what `write` wrote is committed. */
  written(): void {
    this.#changed.clear();
    this.#cleared.clear();
    this.#lacking = this.#lacking.slice(rewrittenAtOnce);
  }
}

function mapOf<Value>(maps: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  const found = maps.get(key) ?? new Map<string, Value>();
  maps.set(key, found);
  return found;
}
