import type { UnixSeconds } from './sample.ts';
import type { Batch, WantedParts } from './sink.ts';

/** One sink's own position in the spool, and what it has not accepted yet. */
export type SpoolView = {
  /**
   * The oldest samples that this sink has not accepted, at most `maxSamples` (at least 5,000, a
   * block); null: none, or they can't be read now. `increases` of counters are since the one before
   * that this sink got; then it is 2,500 samples, or one block.
   */
  peek(maxSamples: number, wants?: WantedParts): Batch | null;
  /** How many samples this sink has not accepted. */
  waiting(): number;
  /** The oldest one's own time; null: there is none, or it can't be read now. */
  oldestAtS(): UnixSeconds | null;
  /**
   * How many samples this sink has lost to the spool's bound since it has a position, over all
   * lives of the agent.
   */
  lost(): number;
  /**
   * Moves the position behind a batch. Blocks that every sink has passed are deleted: at once,
   * or, if that fails, with the next commit. Never throws.
   */
  accept(batch: Batch): void;
};
