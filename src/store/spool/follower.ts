import type { SpoolSql } from './sql.ts';
import type { HeldBlock, Tail } from './tail.ts';

/** The history's own place: blocks behind it stay on disk, and in memory, as they do for a sink; but it is no sink, and nothing counts as lost to it. */
export type Follower = {
  /** The last block that it has taken up; null: it reads nothing. */
  place(): number | null;
  /** The newest block. */
  newest(): number;
  /** The blocks behind one, oldest first. Throws if they can't be read, which the spool knows then. */
  behind(after: number): Iterable<HeldBlock>;
  /** How many samples those on disk hold. Throws what SQLite says. */
  samplesBehind(after: number): number;
  /** Moves on to a block, in one transaction with `work`. Throws what SQLite says; then nothing has changed. */
  pass(id: number, work: () => void): void;
};

/** The blocks behind an id, those on disk (`sql` null: there is no file) before those in memory. Throws if they can't be read, after `onUnread` was told what SQLite says. */
export function* blocksBehind(
  sql: SpoolSql | null,
  tail: Tail,
  after: number,
  onUnread: (error: unknown) => void,
): Generator<HeldBlock, void, undefined> {
  for (let block = next(sql, after, onUnread); block; block = next(sql, block.id, onUnread)) yield block;
  for (const block of tail.blocks()) if (block.id > after) yield block;
}

function next(sql: SpoolSql | null, after: number, onUnread: (error: unknown) => void): HeldBlock | null {
  try {
    return sql?.next(after) ?? null;
  } catch (error) {
    onUnread(error);
    throw new Error('the spool can not be read', { cause: error });
  }
}
