import { unpackLines } from '../spool/blocks.ts';
import {
  type BucketSummary,
  bucketOf,
  bucketS,
  joinSummaries,
  summaryOfSample,
  type Timed,
  unpackBucket,
} from './bucket.ts';
import type { Core } from './core.ts';

/** One point: unix seconds, mean, minimum, maximum. */
export type HistoryPoint = readonly [atS: number, mean: number, min: number, max: number];

/** Points of one metric, oldest first. `stepS` 0: they are the samples themselves; else each sums up so many seconds, which begin at its time, a multiple of it. */
export type HistoryPoints = { readonly stepS: number; readonly points: readonly HistoryPoint[] };

type BucketPart = BucketSummary & { readonly atS: number };

/**
 * What there is of one metric from one time to another, both included: the samples where they are all there and no more than `maxPoints`; else sums
 * of so many seconds that there are no more. Sums of what is not there as sampled begin up to 5 minutes before `fromS`. Throws what SQLite says.
 */
export function queryHistory(core: Core, metric: string, fromS: number, toS: number, maxPoints: number): HistoryPoints {
  const most = Math.max(2, maxPoints);
  const firstS = Math.max(fromS, core.floorS());
  const open = openSamples(core, metric, bucketOf(firstS), bucketOf(toS) + bucketS - 1); // by whole buckets, as what is taken up
  const id = core.sql.idOf(metric);
  const rows = id === null ? [] : core.sql.summariesOf(id, bucketOf(firstS), toS);
  const oldestS = Math.min(...rows.slice(0, 1).map(({ atS }) => atS), ...open.slice(0, 1).map(({ atS }) => atS));
  if (oldestS >= core.rawFloorS()) {
    const raw = id === null || rows.length === 0 ? [] : core.sql.rawOf(id, bucketOf(firstS), toS);
    if (raw.length === rows.length) {
      const samples = [...raw.flatMap((bucket) => unpackBucket(bucket.atS, bucket.samples)), ...open]
        .filter(({ atS }) => atS >= firstS && atS <= toS)
        .sort((a, b) => a.atS - b.atS);
      if (samples.length <= maxPoints)
        return { stepS: 0, points: samples.map(({ atS, value }) => [atS, value, value, value]) };
      return inSteps(samples.map(partOf), 1, most);
    }
  }
  return inSteps([...rows, ...open.map(partOf)], bucketS, most);
}

/** What one metric has in blocks that are not taken up yet, oldest first. */
function openSamples({ follower, state }: Core, metric: string, fromS: number, toS: number): Timed[] {
  const place = follower.place();
  if (place === null) return [];
  const { foldTo, foldAfter } = state();
  const isIn = foldTo !== null && foldTo > place && metric <= (foldAfter ?? '');
  const samples: Timed[] = [];
  for (const { lines } of follower.behind(isIn ? foldTo : place)) {
    for (const line of linesOf(lines, metric))
      samples.push(...unpackLines(line).filter((sample) => sample.metric === metric));
  }
  return samples.filter(({ atS }) => atS >= fromS && atS <= toS).sort((a, b) => a.atS - b.atS);
}

/** The lines of one metric, found without looking at each of the others. */
function* linesOf(lines: string, metric: string): Generator<string, void, undefined> {
  const word = `${metric} `;
  for (let at = lines.indexOf(word); at !== -1; at = lines.indexOf(word, at)) {
    const end = lines.indexOf('\n', at);
    const next = end === -1 ? lines.length : end;
    if (at === 0 || lines[at - 1] === '\n') yield lines.slice(at, next);
    at = next;
  }
}

function partOf(sample: Timed): BucketPart {
  return { atS: sample.atS, ...summaryOfSample(sample) };
}

/** Joins parts into at most `most` steps, of a multiple of `unitS` seconds. */
function inSteps(parts: readonly BucketPart[], unitS: number, most: number): HistoryPoints {
  let [firstS, lastS] = [Number.POSITIVE_INFINITY, 0];
  for (const { atS } of parts) {
    firstS = Math.min(firstS, atS);
    lastS = Math.max(lastS, atS);
  }
  const spanS = parts.length === 0 ? 1 : lastS - firstS + 1;
  const stepS = unitS * Math.ceil(spanS / (unitS * (most - 1))); // the first and the last step may be cut
  const steps = new Map<number, BucketPart[]>();
  for (const part of parts) {
    const atS = Math.floor(part.atS / stepS) * stepS;
    const step = steps.get(atS);
    if (step) step.push(part);
    else steps.set(atS, [part]);
  }
  const points = [...steps]
    .sort(([a], [b]) => a - b)
    .map(([atS, step]): HistoryPoint => {
      const { mean, min, max } = joinSummaries(step);
      return [atS, mean, min, max];
    });
  return { stepS, points };
}
