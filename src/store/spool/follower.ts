import type { SpoolContents } from './contents.ts';
import type { NumberedBlock } from './tail.ts';

/**
 * The history's own position in the spool. Blocks behind it stay on disk and in memory as they do
 * for a sink. But it is not one of the sinks: it has no counts of waiting or lost samples.
 */
export type Follower = {
  /** The last block that the history has read. Null: no history is kept. */
  position(): number | null;
  /** The id of the newest block. */
  newest(): number;
  /**
   * The blocks behind one, oldest first, each read when the caller asks for it: blocks that are
   * added or removed meanwhile are in or out. Throws if they can't be read; the spool then knows
   * it, too.
   */
  behind(after: number): Iterable<NumberedBlock>;
  /** How many samples are in the blocks on disk behind one. Throws what SQLite says. */
  samplesBehind(after: number): number;
  /**
   * Moves the position to a block, in one transaction with `work`. Throws what SQLite says; then
   * nothing has changed.
   */
  pass(id: number, work: () => void): void;
};

/**
 * Makes the history's access to the spool. `onUnread` gets what SQLite says if a block can't be
 * read.
 */
export function createFollower(contents: SpoolContents, onUnread: (error: unknown) => void): Follower {
  /** Null: there is no block behind this one. */
  function next(after: number): NumberedBlock | null {
    try {
      return contents.sql?.next(after) ?? contents.tail.blocks().find(({ id }) => id > after) ?? null;
    } catch (error) {
      onUnread(error);
      throw new Error('the spool can not be read', { cause: error });
    }
  }

  function* behind(after: number): Generator<NumberedBlock, void, undefined> {
    for (let block = next(after); block; block = next(block.id)) yield block;
  }

  return {
    position: () => contents.totals.followed,
    newest: () => contents.totals.lastId,
    behind,
    samplesBehind: (after) => contents.onDisk().sql.samplesAfter(after),
    pass(id, work) {
      contents.writeAndDropPassed((sql) => {
        work();
        sql.follow(id);
      });
      contents.update({ followed: id });
    },
  };
}
