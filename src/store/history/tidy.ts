/**
 * Keeps the history within its bounds, a few thousand rows a step. Samples older than a day are
 * deleted, their summaries stay. What is older than the history is kept is deleted altogether. If
 * the history is too large, the oldest samples go first, as long as samples are more than half of
 * what is allowed; then the oldest buckets go altogether.
 */
import { seenWithinS } from './metrics-sql.ts';
import { emptyHistory, type HistoryState } from './sql.ts';
import { type HistoryStorage, historySizeBytes, nextBucket } from './storage.ts';

/** One tidying of the whole history. */
export type Tidy = {
  /**
   * Does a little of it. Returns whether there is more to do. Throws what SQLite says; then
   * another tidying must begin.
   */
  step(): boolean;
};

const mostRows = 2000; // a step
const mostRowBytes = 4000; // of a row of samples, as a rule

/** Begins a tidying. If no history is kept, it removes all there is. */
export function beginTidy(storage: HistoryStorage): Tidy {
  let namesTo = 0; // the id of the last metric that was looked at

  function step(state: HistoryState): { readonly state: HistoryState; readonly hasMore: boolean } {
    const isKept = storage.bounds().keptForS > 0;
    const all = Number.MAX_SAFE_INTEGER;
    const floorS = isKept ? storage.floorS() : all;
    const raw = storage.sql.dropRaw(isKept ? Math.max(floorS, storage.rawFloorS()) : all, mostRows);
    if (raw) return { state: withoutRaw(state, raw.bytes), hasMore: true };
    const rows = storage.sql.dropRows(floorS, mostRows);
    if (rows) return { state: withoutRows(state, rows.bytes, rows.lastAtS), hasMore: true };
    const names = storage.sql.dropNames(namesTo, mostRows, floorS - seenWithinS);
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
    const raw = state.rawBytes > maxSizeBytes / 2 ? storage.sql.dropRaw(Number.MAX_SAFE_INTEGER, most) : null;
    if (raw) return { state: withoutRaw(state, raw.bytes), hasMore: true };
    const rows = storage.sql.dropRows(Number.MAX_SAFE_INTEGER, most);
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
