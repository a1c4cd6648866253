import type { DropResult } from './bound.ts';
import type { ForgottenSink, SinkPositions } from './positions.ts';
import type { SpoolSql } from './sql.ts';

/**
 * What memory knows of the spool's file, as of the last commit, so that no commit has to count it
 * again.
 */
export type SpoolTotals = {
  /** Bytes of samples on disk. */
  bytes: number;
  /** The id of the newest block, on disk or in memory. */
  lastId: number;
  /** Whether sinks that the agent runs without have positions. */
  hasAbsent: boolean;
  /** The history's position: the last block that it has read. Null: no history is kept. */
  followed: number | null;
  /** Whether every sink, and the history, may have passed blocks that were not deleted yet. */
  hasPassed: boolean;
};

/**
 * Spool state that takes effect when the current transaction commits. `spool.ts` fills it in
 * `append` and applies it in `committed`, so that a rollback has nothing to undo: the draft is
 * simply not applied.
 */
export type Draft = SpoolTotals & {
  /** How many samples are new. */
  samples: number;
  /** How many samples were in memory only. */
  fromTail: number;
  /** The last block in memory that is written with this commit. 0: none is. */
  tailTo: number;
  /** Sinks whose positions are given up. */
  forgotten: readonly ForgottenSink[];
  /** Blocks that go to the bound. */
  dropped: DropResult;
  /**
   * The positions of a changed set of sinks, and how many samples wait for those that are new in
   * it. Null: the sinks stay the same.
   */
  joined: { readonly positions: SinkPositions; readonly waiting: ReadonlyMap<string, number> } | null;
};

/** Returns the draft of a commit that writes nothing. */
export function beginDraft(totals: SpoolTotals, fromTail: number): Draft {
  return {
    ...totals,
    samples: 0,
    fromTail,
    tailTo: 0,
    forgotten: [],
    dropped: { blocks: [], freedBytes: 0, hasMore: false },
    joined: null,
  };
}

/** Whether blocks may be behind every position though no sink has moved since the last commit. */
export function mayHavePassed({ followed, forgotten }: Draft, before: Readonly<SpoolTotals>): boolean {
  return before.hasPassed || forgotten.length > 0 || followed !== before.followed;
}

/** Deletes blocks that are behind every position. Throws what SQLite says. */
export function dropPassed(draft: Draft, sql: SpoolSql): void {
  const { freedBytes, hasMore } = sql.dropPassed();
  draft.bytes -= freedBytes;
  draft.hasPassed = hasMore;
}
