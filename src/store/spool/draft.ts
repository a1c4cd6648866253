import type { Dropped } from './bound.ts';
import type { Forgotten, SinkPositions } from './positions.ts';

/** What holds of the spool once the transaction under way is committed. */
export type Draft = {
  bytes: number;
  lastId: number;
  samples: number;
  fromTail: number;
  hasAbsent: boolean;
  /** The last block that the history has taken up; null: no history is kept. */
  followed: number | null;
  forgotten: readonly Forgotten[];
  dropped: Dropped;
  /** Where the sinks change: the new places, and how many samples are behind those that were not there before. */
  joined: { readonly places: SinkPositions; readonly waiting: ReadonlyMap<string, number> } | null;
};

/** What is nothing of a draft yet. */
export const nothingYet = {
  samples: 0,
  forgotten: [],
  dropped: { gone: [], freedBytes: 0, isOver: false },
  joined: null,
} as const;
