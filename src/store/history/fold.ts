/**
 * Takes blocks of the spool up into the history, step by step: first they are read and sorted by metric, then written, some metrics a
 * transaction, which also says up to which name the blocks are in. The last one moves the history's place in the spool. So each sample
 * is in the history once, or still behind its place, whenever the agent is killed.
 */
import { eachSample } from '../spool/blocks.ts';
import { bucketOf, inOrder, joinSummaries, type Numbers, packBucket, summaryOfAll, unpackBucket } from './bucket.ts';
import type { Core } from './core.ts';
import { type KnownMetric, nameBytes, rawBytes, rowBytes, type State, seenWithinS } from './sql.ts';

/** Blocks that are being taken up. */
export type Fold = {
  /** Does a little of it. Gives whether there is more to do. Throws what SQLite says; then it is to be begun anew. */
  step(): boolean;
};

const samplesAStep = 5000;
const mostSamples = 60_000; // of one fold: they are in memory

/** The samples of one metric. */
type MetricSamples = readonly [name: string, numbers: Numbers];

/** Takes up the blocks up to `dueTo`, or as many as there is room for; where a former agent had begun, those that it had. */
export function beginFold(core: Core, dueTo: number): Fold {
  const place = core.follower.place() ?? dueTo;
  const { foldTo, foldAfter } = core.state();
  const begun = foldTo !== null && foldTo > place ? { to: foldTo, after: foldAfter ?? '' } : null;
  let to = begun?.to ?? dueTo;
  let readTo = place;
  let samples = 0;
  let next = 0;
  let series: readonly MetricSamples[] | null = null; // once all is read
  const byName = new Map<string, number[]>();

  /** Gives whether all is read. */
  function read(): boolean {
    const before = samples;
    for (const block of core.follower.behind(readTo)) {
      if (block.id > to) return true;
      readTo = block.id;
      samples += block.samples;
      eachSample(block.lines, (metric, value, atS) => {
        if (begun && metric <= begun.after) return;
        const known = byName.get(metric);
        if (known) known.push(atS, value);
        else byName.set(metric, [atS, value]);
      });
      if (!begun && samples >= mostSamples) {
        to = readTo;
        return true;
      }
      if (samples - before >= samplesAStep) return false;
    }
    return true;
  }

  return {
    step() {
      if (series === null) {
        if (read()) series = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
        return true;
      }
      const part: MetricSamples[] = [];
      for (let count = 0; next < series.length && count < samplesAStep; next += 1) {
        const one = series[next];
        if (one) part.push(one);
        count += (one?.[1].length ?? 0) / 2;
      }
      const isLast = next === series.length;
      const progress = isLast ? { foldTo: null, foldAfter: null } : { foldTo: to, foldAfter: part.at(-1)?.[0] ?? '' };
      core.commit((state) => ({ ...put(core, state, part), ...progress }), isLast ? to : undefined);
      return !isLast;
    },
  };
}

/** Writes samples into their buckets, inside the caller's transaction. */
function put(core: Core, state: State, part: readonly MetricSamples[]): State {
  const floorS = core.floorS();
  const buckets = new Map<number, Map<string, number[]>>();
  const newest = new Map<string, number>();
  for (const [name, numbers] of part) {
    for (let at = 0; at < numbers.length; at += 2) {
      const [sampledS = 0, value = 0] = [numbers[at], numbers[at + 1]];
      const atS = bucketOf(sampledS);
      if (atS < floorS) continue;
      const bucket = buckets.get(atS) ?? new Map<string, number[]>();
      buckets.set(atS, bucket);
      const there = bucket.get(name);
      if (there) there.push(sampledS, value);
      else bucket.set(name, [sampledS, value]);
      newest.set(name, Math.max(newest.get(name) ?? 0, atS));
    }
  }
  const known = numbersOf(core, [...newest.keys()]);
  let { rowBytes: rows, rawBytes: raws, nameBytes: names } = state;
  for (const name of known.added) names += nameBytes(name);
  for (const [name, atS] of newest) {
    const { id, seenAtS } = known.of(name);
    if (atS >= seenAtS + seenWithinS) core.sql.seen(id, atS);
  }
  for (const [atS, bucket] of buckets) {
    const ids = [...bucket.keys()].map((name) => known.of(name).id);
    const former = core.sql.summariesAt(atS, ids);
    const formerRaw = core.sql.rawAt(atS, [...former.keys()]);
    for (const [name, fresh] of bucket) {
      const { id } = known.of(name);
      const [summary, raw] = [former.get(id), formerRaw.get(id)];
      const all = inOrder(
        raw ? [...unpackBucket(atS, raw).flatMap((sample) => [sample.atS, sample.value]), ...fresh] : fresh,
      );
      core.sql.put(atS, id, summary && !raw ? joinSummaries([summary, summaryOfAll(fresh)]) : summaryOfAll(all));
      if (!summary) rows += rowBytes;
      if (!raw && (summary || atS < core.rawFloorS())) continue; // a bucket is whole as sampled, or not there so
      const packed = packBucket(atS, all);
      core.sql.putRaw(atS, id, packed);
      raws += rawBytes(packed) - (raw ? rawBytes(raw) : 0);
    }
  }
  return { ...state, rowBytes: rows, rawBytes: raws, nameBytes: names };
}

/** The numbers of metrics; those that have none get one. */
function numbersOf({ sql }: Core, names: readonly string[]) {
  const former = sql.known(names);
  const added = names.filter((name) => !former.has(name));
  if (added.length > 0) sql.addNames(added);
  const fresh = added.length > 0 ? sql.known(added) : former;
  return {
    added,
    of(name: string): KnownMetric {
      const known = former.get(name) ?? fresh.get(name);
      if (!known) throw new Error(`metrics is malformed: ${name} is not in it`);
      return known;
    },
  };
}
