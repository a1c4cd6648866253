/**
 * What was sampled, for the page: as sampled for a day, then by 5-minute mean, minimum and maximum, as long and as large as it may be. It reads the
 * spool as a sink does, from a place of its own, once in five minutes: until then the spool's blocks are its memory. It works in small steps, in
 * transactions of its own, so that no commit of the spool waits for it or fails with it.
 */

import type { Clock, Timer } from '../../io/clock.ts';
import { type Database, isDamage } from '../../io/disk/database.ts';
import { messageOf } from '../../io/errors.ts';
import type { Emit } from '../../model/event.ts';
import { metricName, type Sample, unixSeconds } from '../../model/sample.ts';
import { historyTables } from '../schema.ts';
import { unpackLines } from '../spool/blocks.ts';
import type { Follower } from '../spool/follower.ts';

import { bucketOf, bucketS, unpackBucket } from './bucket.ts';
import { type HistoryBounds, historySizeBytes, openCore } from './core.ts';
import { createLatest, type LatestValue } from './latest.ts';
import { type HistoryPoints, queryHistory } from './query.ts';
import { createHistoryRound } from './round.ts';

/** What can be asked of the history. Nothing throws: what can't be read now is not there. */
export type HistoryView = {
  /** What there is of a metric between two times (unix seconds, both included), in at most `maxPoints` points, at least 2: the samples as they were, or sums of several seconds each. */
  query(metric: string, fromS: number, toS: number, maxPoints?: number): HistoryPoints;
  /** The last sample of each metric that was sampled within a day, by name; of those of the last 20,000 names at least. */
  metrics(): readonly LatestValue[];
  /** The metrics whose names begin so, in order, the first `most`. */
  names(prefix: string, most?: number): readonly string[];
  /** About how much of the database's file the history takes. */
  sizeBytes(): number;
};

/** The history, as the store keeps it. */
export type History = {
  readonly view: HistoryView;
  /** Whether one is kept, so that the spool must keep its blocks for it. */
  isKept(): boolean;
  /** The same samples, noted on their way. */
  noting(samples: Iterable<Sample>): Iterable<Sample>;
  /** So many samples are in the spool now. Never throws. */
  committed(samples: number): void;
  /** What SQLite says of tables that are damaged so that they can't even be emptied; null: they are not. Then no history is kept until there is another file. */
  damage(): string | null;
  /** The file is gone; until `startAfresh` there is none. */
  leave(): void;
  /** Goes on with an empty file. Throws what SQLite says. */
  startAfresh(db: Database): void;
  /** Does nothing any more. */
  close(): void;
};

export type HistoryOptions = {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly bounds: () => HistoryBounds;
  /** How many samples may wait in the spool for the history only. */
  readonly mostBehind: () => number;
};

const settleMs = 5000; // behind the bucket's end: runs that ended in it are committed, and those of the tick have begun
const pauseMs = 20; // between two steps
const leastBetweenMs = 3_600_000; // two tables that were emptied for damage

/** Opens the history, which begins or ends with `bounds`. Throws what SQLite says. */
export function openHistory(
  file: Database,
  follower: Follower,
  { clock, emit, bounds, mostBehind }: HistoryOptions,
): History {
  const nowS = () => clock.nowMs() / 1000;
  const latest = createLatest(nowS);
  let core = openCore(file, follower, bounds, nowS);
  let round = createHistoryRound(core);
  let isThere = true;
  let isBroken = false; // its tables are damaged for good
  let isClosed = false;
  let isRestored = false;
  let damage: string | null = null; // what SQLite said of tables that are yet to be emptied
  let hasFailed = false;
  let emptiedMs = Number.NEGATIVE_INFINITY;
  let lastBucket: number | null = null;
  let lastNewest = follower.newest();
  let samplesBehind = 0;
  let timer: Timer | null = null;

  const isKept = () => bounds().keptForS > 0 && !isBroken;
  const notesLatest = () => bounds().keptForS > 0 || bounds().keepsLatest;

  function soon(delayMs: number) {
    timer ??= clock.after(delayMs, step);
  }

  function step() {
    timer = null;
    if (isClosed || !isThere || isBroken) return;
    const isMending = damage !== null;
    try {
      if (damage !== null) empty(damage);
      const hasMore = round.step(isKept());
      if (round.hasTakenUp()) samplesBehind = follower.samplesBehind(follower.place() ?? follower.newest());
      if (hasMore) return soon(pauseMs);
      if (hasFailed) emit({ event: 'history.recovered' });
      hasFailed = false;
    } catch (error) {
      isBroken = isMending && isDamage(error);
      failed(error);
    }
  }

  /** What fails is tried again in the next five minutes; what is damaged is emptied soon. */
  function failed(error: unknown) {
    round.giveUp();
    if (isDamage(error) && !isBroken) {
      damage ??= messageOf(error);
      return soon(0);
    }
    if (!hasFailed) emit({ event: 'history.failed', detail: messageOf(error) });
    hasFailed = true;
  }

  function empty(detail: string) {
    if (clock.monotonicMs() - emptiedMs < leastBetweenMs) throw new Error(detail); // a new table will not be better
    core.empty(historyTables);
    emptiedMs = clock.monotonicMs();
    damage = null;
    emit({ event: 'history.emptied', detail });
  }

  function tried<Value>(work: () => Value, otherwise: Value): Value {
    if (isClosed || !isThere || !isKept()) return otherwise;
    try {
      return work();
    } catch (error) {
      failed(error);
      return otherwise;
    }
  }

  /** What was sampled shortly before this life of the agent. */
  function restore() {
    if (isRestored) return;
    isRestored = tried(() => {
      const bucket = bucketOf(nowS());
      for (const { name, atS, samples } of core.sql.allRawBetween(bucket - 2 * bucketS, bucket))
        for (const sample of unpackBucket(atS, samples))
          latest.note({ metric: metricName(name), value: sample.value, atS: unixSeconds(sample.atS) });
      for (const { lines } of follower.behind(follower.place() ?? follower.newest()))
        unpackLines(lines).forEach(latest.note);
      return true;
    }, false);
  }

  function* noting(samples: Iterable<Sample>) {
    for (const sample of samples) {
      latest.note(sample);
      yield sample;
    }
  }

  return {
    view: {
      query: (metric, fromS, toS, maxPoints = 1000) =>
        tried(() => queryHistory(core, metric, fromS, toS, maxPoints), { stepS: 0, points: [] }),
      metrics() {
        restore();
        return latest.all();
      },
      names(prefix, most = 1000) {
        restore();
        const known = tried(() => core.sql.namesFrom(prefix, most), []);
        const sampled = latest
          .all()
          .flatMap(({ name, lastAtS }) => (name.startsWith(prefix) && lastAtS >= core.floorS() ? name : []));
        return [...new Set([...known, ...sampled])].sort().slice(0, most);
      },
      sizeBytes: () => historySizeBytes(core.state()),
    },
    isKept,
    noting: (samples) => (notesLatest() ? noting(samples) : samples),
    committed(samples) {
      if (!notesLatest()) latest.forget();
      if (isClosed || isBroken) return;
      const newest = follower.newest();
      const bucket = isKept() ? bucketOf(nowS()) : null;
      samplesBehind += samples;
      if (bucket === null) {
        lastBucket = null;
        samplesBehind = 0;
        if (historySizeBytes(core.state()) > 0) soon(pauseMs);
      } else if (bucket !== lastBucket) {
        lastBucket = bucket;
        round.due(lastNewest);
        soon(settleMs);
      } else if (samplesBehind > mostBehind() && !hasFailed) {
        round.due(newest);
        soon(pauseMs);
      }
      lastNewest = newest;
    },
    damage: () => (isBroken ? damage : null),
    leave() {
      isThere = false;
      round.giveUp();
    },
    startAfresh(db) {
      core = openCore(db, follower, bounds, nowS);
      round = createHistoryRound(core);
      isThere = true;
      isBroken = false;
      damage = null;
      lastBucket = null;
    },
    close() {
      isClosed = true;
      timer?.cancel();
    },
  };
}
