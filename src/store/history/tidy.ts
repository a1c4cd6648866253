/**
 * Keeps the history within its bounds, a few thousand rows a step: what is older than a day goes as sampled and stays summed up; what is older
 * than it is kept goes whole. Where it is too large together, first the oldest as sampled, as long as that is more than half of it, then the oldest altogether.
 */
import { type Core, historySizeBytes, nextBucket } from './core.ts';
import { emptyState, type State, seenWithinS } from './sql.ts';

/** One round of tidying. */
export type Tidy = {
  /** Does a little of it. Gives whether there is more to do. Throws what SQLite says; then it is to be begun anew. */
  step(): boolean;
};

const mostRows = 2000; // a step
const mostBytes = 4000; // of a row as sampled, as a rule

/** Begins a round. Where no history is kept, it removes all there is. */
export function beginTidy(core: Core): Tidy {
  let namesTo = 0;

  function step(state: State): { readonly state: State; readonly hasMore: boolean } {
    const isKept = core.bounds().keptForS > 0;
    const all = Number.MAX_SAFE_INTEGER;
    const floorS = isKept ? core.floorS() : all;
    const raw = core.sql.dropRaw(isKept ? Math.max(floorS, core.rawFloorS()) : all, mostRows);
    if (raw) return { state: withoutRaw(state, raw.bytes), hasMore: true };
    const rows = core.sql.dropRows(floorS, mostRows);
    if (rows) return { state: withoutRows(state, rows.bytes, rows.lastAtS), hasMore: true };
    const names = core.sql.dropNames(namesTo, mostRows, floorS - seenWithinS);
    if (names) {
      namesTo = names.last;
      return { state: { ...state, nameBytes: Math.max(0, state.nameBytes - names.bytes) }, hasMore: true };
    }
    if (!isKept) return { state: emptyState, hasMore: false };
    return shrink(state);
  }

  /** Nothing is too old: what is too much? */
  function shrink(state: State): { readonly state: State; readonly hasMore: boolean } {
    const { maxSizeBytes } = core.bounds();
    const overBytes = historySizeBytes(state) - maxSizeBytes;
    if (overBytes <= 0) return { state, hasMore: false };
    const most = Math.min(mostRows, Math.ceil(overBytes / mostBytes));
    const raw = state.rawBytes > maxSizeBytes / 2 ? core.sql.dropRaw(Number.MAX_SAFE_INTEGER, most) : null;
    if (raw) return { state: withoutRaw(state, raw.bytes), hasMore: true };
    const rows = core.sql.dropRows(Number.MAX_SAFE_INTEGER, most);
    if (!rows) return { state, hasMore: false };
    namesTo = 0; // some may have no rows any more
    return { state: withoutRows(state, rows.bytes, rows.lastAtS), hasMore: true };
  }

  return {
    step() {
      let hasMore = false;
      core.commit((state) => {
        const done = step(state);
        hasMore = done.hasMore;
        return done.state;
      });
      return hasMore;
    },
  };
}

function withoutRaw(state: State, bytes: number): State {
  return { ...state, rawBytes: Math.max(0, state.rawBytes - bytes) };
}

/** What is left of a bucket that has lost rows is not shown any more. */
function withoutRows(state: State, bytes: number, lastAtS: number): State {
  return {
    ...state,
    rowBytes: Math.max(0, state.rowBytes - bytes),
    floorS: Math.max(state.floorS, nextBucket(lastAtS)),
  };
}
