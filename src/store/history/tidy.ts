/**
 * Keeps the history within its bounds, a few thousand rows a step. Samples older than a day are
 * deleted, their summaries stay. What is older than the history is kept is deleted altogether. If
 * the history is too large, the oldest samples go first, as long as samples are more than half of
 * what is allowed; then the oldest buckets go altogether.
 *
 * A bucket's age is the time that passed since it was first written, by the monotonic clock, not
 * the distance of its time to the wall clock's: a clock that is wrong for a while deletes nothing.
 * What such a clock dated ahead is deleted at the same age.
 */
import { bucketS } from './bucket.ts';
import { seenWithinS } from './metrics-sql.ts';
import { emptyHistory, type HistoryState } from './sql.ts';
import { type HistoryStorage, historySizeBytes, nextBucket, rawKeptForS } from './storage.ts';

/** One tidying of the whole history. */
export type Tidy = {
  /**
   * Does a little of it. Returns whether there is more to do. Throws what SQLite says; then
   * another tidying must begin.
   */
  step(): boolean;
};

const mostRows = 1000; // a step
const mostRowBytes = 4000; // of a row of samples, as a rule
const aheadS = 24 * 3600;
const never = Number.MAX_SAFE_INTEGER;

/** What is old now, by the begins of buckets in unix seconds. */
type OldBuckets = {
  /** What is before it is deleted. */
  readonly floorS: number;
  /** Single samples before it are deleted. */
  readonly rawFloorS: number;
  /** What is from it on was dated by a clock that was ahead, and is deleted. */
  readonly aheadS: number;
};

/** Begins a tidying. If no history is kept, it removes all there is. */
export function beginTidy(storage: HistoryStorage): Tidy {
  let namesTo = 0; // the id of the last metric that was looked at
  let old: OldBuckets | null = null;

  function step(state: HistoryState): { readonly state: HistoryState; readonly hasMore: boolean } {
    const { sql } = storage;
    const isKept = storage.bounds().keptForS > 0;
    old ??= isKept ? oldBuckets(storage) : { floorS: never, rawFloorS: never, aheadS: never };
    const raw = sql.dropRaw(0, old.rawFloorS, mostRows) ?? sql.dropRaw(old.aheadS, never, mostRows);
    if (raw) return { state: withoutRaw(state, raw.bytes), hasMore: true };
    const rows = sql.dropRows(0, old.floorS, mostRows);
    if (rows) return { state: withoutRows(state, rows.bytes, rows.lastAtS), hasMore: true };
    const ahead = sql.dropRows(old.aheadS, never, mostRows);
    if (ahead) return { state: { ...state, rowBytes: Math.max(0, state.rowBytes - ahead.bytes) }, hasMore: true };
    sql.dropAges(0, old.floorS);
    sql.dropAges(old.aheadS, never);
    const names = sql.dropNames(namesTo, mostRows, old.floorS - seenWithinS);
    if (names) {
      namesTo = names.last;
      return { state: { ...state, nameBytes: Math.max(0, state.nameBytes - names.bytes) }, hasMore: true };
    }
    if (!isKept) return { state: emptyHistory, hasMore: false };
    return shrink(state);
  }

  /** Deletes from a history in which nothing is too old, if it is too large. */
  function shrink(state: HistoryState): { readonly state: HistoryState; readonly hasMore: boolean } {
    const { maxSizeBytes } = storage.bounds();
    const overBytes = historySizeBytes(state) - maxSizeBytes;
    if (overBytes <= 0) return { state, hasMore: false };
    const most = Math.min(mostRows, Math.ceil(overBytes / mostRowBytes));
    const raw = state.rawBytes > maxSizeBytes / 2 ? storage.sql.dropRaw(0, never, most) : null;
    if (raw) return { state: withoutRaw(state, raw.bytes), hasMore: true };
    const rows = storage.sql.dropRows(0, never, most);
    if (!rows) return { state, hasMore: false };
    namesTo = 0; // some metrics may have no rows any more
    return { state: withoutRows(state, rows.bytes, rows.lastAtS), hasMore: true };
  }

  return {
    step() {
      let hasMore = false;
      storage.commit((state) => {
        const done = step(state);
        hasMore = done.hasMore;
        return done.state;
      });
      return hasMore;
    },
  };
}

/**
 * Returns what is old by the time that has passed. A bucket behind a younger one is kept with it.
 */
function oldBuckets({ sql, bounds, passedS, nowS }: HistoryStorage): OldBuckets {
  const sinceS = passedS() - bucketS; // a bucket is written before it is over
  const keptSince = sinceS - bounds().keptForS;
  const floorS = sql.firstYoung(keptSince);
  return {
    floorS,
    rawFloorS: Math.max(floorS, sql.firstYoungRaw(sinceS - rawKeptForS)),
    aheadS: sql.oldFrom(Math.ceil(nowS()) + aheadS, keptSince),
  };
}

function withoutRaw(state: HistoryState, bytes: number): HistoryState {
  return { ...state, rawBytes: Math.max(0, state.rawBytes - bytes) };
}

/**
 * Raises the floor behind a bucket that has lost rows: what is left of that bucket is not shown
 * any more.
 */
function withoutRows(state: HistoryState, bytes: number, lastAtS: number): HistoryState {
  return {
    ...state,
    rowBytes: Math.max(0, state.rowBytes - bytes),
    floorS: Math.max(state.floorS, nextBucket(lastAtS)),
  };
}
