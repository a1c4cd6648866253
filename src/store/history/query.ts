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
 */
export function queryHistory(
  storage: HistoryStorage,
  metric: string,
  fromS: number,
  toS: number,
  maxPoints: number,
): HistoryPoints {
  const most = Math.max(2, maxPoints);
  const firstS = Math.max(fromS, storage.floorS());
  // whole buckets, as in the tables
  const open = openSamples(storage, metric, bucketOf(firstS), bucketOf(toS) + bucketS - 1);
  const id = storage.sql.idOf(metric);
  const rows = id === null ? [] : storage.sql.summariesOf(id, bucketOf(firstS), toS);
  const oldestS = Math.min(...rows.slice(0, 1).map(({ atS }) => atS), ...open.slice(0, 1).map(({ atS }) => atS));
  if (oldestS >= storage.rawFloorS()) {
    const raw = id === null || rows.length === 0 ? [] : storage.sql.rawOf(id, bucketOf(firstS), toS);
    if (raw.length === rows.length) {
      const samples = [...raw.flatMap((bucket) => unpackBucket(bucket.atS, bucket.samples)), ...open]
        .filter(({ atS }) => atS >= firstS && atS <= toS)
        .sort((a, b) => a.atS - b.atS);
      if (samples.length <= maxPoints)
        return { stepS: 0, points: samples.map(({ atS, value }) => [atS, value, value, value]) };
      return inSteps(samples.map(dated), 1, most);
    }
  }
  return inSteps([...rows, ...open.map(dated)], bucketS, most);
}

/** Returns one metric's samples in blocks that are not in the history yet, oldest first. */
function openSamples({ follower, state }: HistoryStorage, metric: string, fromS: number, toS: number): TimedValue[] {
  const position = follower.position();
  if (position === null) return [];
  const { foldTo, foldAfter } = state();
  const isIn = foldTo !== null && foldTo > position && metric <= (foldAfter ?? '');
  const samples: TimedValue[] = [];
  for (const { lines } of follower.behind(isIn ? foldTo : position)) {
    for (const line of linesOf(lines, metric))
      samples.push(...unpackLines(line).filter((sample) => sample.metric === metric));
  }
  return samples.filter(({ atS }) => atS >= fromS && atS <= toS).sort((a, b) => a.atS - b.atS);
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

/** Joins summaries into at most `most` steps, each of a multiple of `unitS` seconds. */
function inSteps(summaries: readonly DatedSummary[], unitS: number, most: number): HistoryPoints {
  let [firstS, lastS] = [Number.POSITIVE_INFINITY, 0];
  for (const { atS } of summaries) {
    firstS = Math.min(firstS, atS);
    lastS = Math.max(lastS, atS);
  }
  const spanS = summaries.length === 0 ? 1 : lastS - firstS + 1;
  const stepS = unitS * Math.ceil(spanS / (unitS * (most - 1))); // the first and the last step may be cut
  const steps = new Map<number, DatedSummary[]>();
  for (const summary of summaries) {
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
