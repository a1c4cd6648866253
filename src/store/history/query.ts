import { sortWalk } from '../../io/walk.ts';
import type { Walk } from '../../model/walk.ts';
import { unpackLines } from '../spool/blocks.ts';
import {
  type BucketSummary,
  bucketOf,
  bucketS,
  joinSummaries,
  summaryOfSample,
  type TimedValue,
  unpackBucket,
} from './bucket.ts';
import type { RawBucket } from './buckets-sql.ts';
import type { HistoryStorage } from './storage.ts';

/** One point: unix seconds, mean, minimum, maximum. */
export type HistoryPoint = readonly [atS: number, mean: number, min: number, max: number];

/**
 * Points of one metric, oldest first. `stepS` 0: they are the samples themselves. Else each point
 * sums up `stepS` seconds that begin at its time, a multiple of `stepS`.
 */
export type HistoryPoints = { readonly stepS: number; readonly points: readonly HistoryPoint[] };

/** What a step of the result is made of: a stored summary, or one sample. */
type DatedSummary = BucketSummary & { readonly atS: number };

/**
 * Returns what is known of one metric from one time to another, both included. These are the
 * samples, if all of them are kept and there are no more than `maxPoints`. Else they are sums, of
 * as many seconds each as it takes to stay within `maxPoints`. Where samples are not kept any
 * more, sums begin up to 5 minutes before `fromS`. Throws what SQLite says.
 *
 * Blocks may move from the spool to the tables during the walk. So the tables are read last, and
 * what was read of blocks that are in them by then is left out: each sample counts once.
 */
export function* queryHistory(
  storage: HistoryStorage,
  metric: string,
  fromS: number,
  toS: number,
  maxPoints: number,
): Walk<HistoryPoints> {
  const most = Math.max(2, maxPoints);
  const firstS = Math.max(fromS, storage.floorS());
  const { open, rows, raw } = yield* storedSamples(storage, metric, firstS, toS);
  const oldestS = Math.min(...rows.slice(0, 1).map(({ atS }) => atS), ...open.slice(0, 1).map(({ atS }) => atS));
  if (oldestS >= storage.rawFloorS() && raw.length === rows.length) {
    const samples = yield* sampledBetween([raw, open], firstS, toS);
    if (samples.length <= maxPoints)
      return { stepS: 0, points: samples.map(({ atS, value }) => [atS, value, value, value]) };
    return yield* summed(samples, [], 1, most);
  }
  return yield* summed(open, rows, bucketS, most);
}

/** What the spool and the tables hold of a metric at one moment, oldest first. */
type StoredSamples = {
  /** Samples of blocks that are not in the tables. */
  readonly open: readonly TimedValue[];
  readonly rows: readonly DatedSummary[];
  /** As many as `rows`, where all samples are kept. */
  readonly raw: readonly RawBucket[];
};

const bucketsAStep = 2016; // a week
const mostTries = 3;

function* storedSamples(storage: HistoryStorage, metric: string, firstS: number, toS: number): Walk<StoredSamples> {
  const openSamples = new OpenSamples(storage, metric);
  const [from, to] = [bucketOf(firstS), bucketOf(toS) + bucketS - 1]; // whole buckets, as in the tables
  for (let tries = 1; ; tries += 1) {
    yield* openSamples.read();
    const position = openSamples.position();
    const id = storage.sql.idOf(metric);
    const rows = id === null ? [] : yield* summariesOf(storage, id, from, toS);
    const areRawKept = id !== null && (rows[0]?.atS ?? 0) >= storage.rawFloorS();
    const raw = areRawKept ? storage.sql.rawOf(id, from, toS) : [];
    // in a long history another step may have been between the two; the last try counts in any case
    if (openSamples.position() !== position && tries < mostTries) continue;
    const open = openSamples.behind(position).filter(({ atS }) => atS >= from && atS <= to);
    return { open: yield* sortWalk(open, byTime), rows, raw };
  }
}

function* summariesOf(storage: HistoryStorage, id: number, fromS: number, toS: number): Walk<readonly DatedSummary[]> {
  const stepS = bucketsAStep * bucketS;
  const firstS = Math.max(fromS, storage.sql.firstBucket() ?? fromS);
  const lastS = Math.min(toS, storage.sql.lastBucket() ?? toS);
  const rows: DatedSummary[] = [];
  for (let atS = firstS; atS <= lastS; atS += stepS) {
    if (atS > firstS) yield;
    for (const row of storage.sql.summariesOf(id, atS, Math.min(lastS, atS + stepS - 1))) rows.push(row);
  }
  return rows;
}

/** One metric's samples in blocks that are not in the history yet. */
class OpenSamples {
  readonly #storage: HistoryStorage;
  readonly #metric: string;
  readonly #samples: { readonly block: number; readonly atS: number; readonly value: number }[] = [];
  #readTo: number | null = null;

  constructor(storage: HistoryStorage, metric: string) {
    this.#storage = storage;
    this.#metric = metric;
  }

  /** The last block that is in the history for this metric. Null: no history is kept. */
  position(): number | null {
    const { follower, state } = this.#storage;
    const position = follower.position();
    if (position === null) return null;
    const { foldTo, foldAfter } = state();
    const isIn = foldTo !== null && foldTo > position && this.#metric <= (foldAfter ?? '');
    return isIn ? foldTo : position;
  }

  /** Reads the blocks that it has not read yet. At its end, there are no more. */
  *read(): Walk<void> {
    const position = this.position();
    if (position === null) return;
    for (const { id, lines } of this.#storage.follower.behind(Math.max(position, this.#readTo ?? 0))) {
      this.#readTo = id;
      for (const line of linesOf(lines, this.#metric))
        for (const { metric, atS, value } of unpackLines(line))
          if (metric === this.#metric) this.#samples.push({ block: id, atS, value });
      yield;
    }
  }

  /** Returns the samples in the blocks behind one. */
  behind(position: number | null): TimedValue[] {
    return this.#samples.filter(({ block }) => position !== null && block > position);
  }
}

const rowsAStep = 20;

/** Unpacks buckets, and returns their samples and the other ones from one time to another. */
function* sampledBetween(
  [raw, open]: readonly [readonly RawBucket[], readonly TimedValue[]],
  fromS: number,
  toS: number,
): Walk<readonly TimedValue[]> {
  const samples: TimedValue[] = [];
  const add = (sample: TimedValue) => {
    if (sample.atS >= fromS && sample.atS <= toS) samples.push(sample);
  };
  for (const [index, bucket] of raw.entries()) {
    if (index % rowsAStep === 0) yield;
    unpackBucket(bucket.atS, bucket.samples).forEach(add);
  }
  open.forEach(add);
  return yield* sortWalk(samples, byTime);
}

function byTime(a: TimedValue, b: TimedValue): number {
  return a.atS - b.atS;
}

/** Finds one metric's lines without parsing the others. */
function* linesOf(lines: string, metric: string): Generator<string, void, undefined> {
  const word = `${metric} `;
  for (let at = lines.indexOf(word); at !== -1; at = lines.indexOf(word, at)) {
    const end = lines.indexOf('\n', at);
    const next = end === -1 ? lines.length : end;
    if (at === 0 || lines[at - 1] === '\n') yield lines.slice(at, next);
    at = next;
  }
}

function dated(sample: TimedValue): DatedSummary {
  return { atS: sample.atS, ...summaryOfSample(sample) };
}

const summedAStep = 2000;

/**
 * Joins summaries and samples into at most `most` steps, each of a multiple of `unitS` seconds.
 */
function* summed(
  samples: readonly TimedValue[],
  summaries: readonly DatedSummary[],
  unitS: number,
  most: number,
): Walk<HistoryPoints> {
  let [firstS, lastS] = [Number.POSITIVE_INFINITY, 0];
  for (const { atS } of [...summaries, ...samples]) {
    firstS = Math.min(firstS, atS);
    lastS = Math.max(lastS, atS);
  }
  const count = summaries.length + samples.length;
  const spanS = count === 0 ? 1 : lastS - firstS + 1;
  const stepS = unitS * Math.ceil(spanS / (unitS * (most - 1))); // the first and the last step may be cut
  const steps = new Map<number, DatedSummary[]>();
  for (let index = 0; index < count; index += 1) {
    if (index % summedAStep === 0) yield;
    const sample = samples[index - summaries.length];
    const summary = summaries[index] ?? (sample && dated(sample));
    if (!summary) continue;
    const atS = Math.floor(summary.atS / stepS) * stepS;
    const step = steps.get(atS);
    if (step) step.push(summary);
    else steps.set(atS, [summary]);
  }
  const points = [...steps]
    .sort(([a], [b]) => a - b)
    .map(([atS, step]): HistoryPoint => {
      const { mean, min, max } = joinSummaries(step);
      return [atS, mean, min, max];
    });
  return { stepS, points };
}
