/**
 * Keeps the spool on disk within `max_size`: takes the oldest blocks away and counts what is
 * lost.
 */
import { type Loss, lossOf } from './blocks.ts';
import type { SinkPosition } from './positions.ts';
import type { SpoolSql } from './sql.ts';

/** A block that was taken away before every sink had it. */
export type DroppedBlock = { readonly id: number; readonly loss: Loss };

/**
 * What one commit took off the disk. `hasMore`: the spool is still too large, the next commit
 * continues.
 */
export type DropResult = {
  readonly blocks: readonly DroppedBlock[];
  readonly freedBytes: number;
  readonly hasMore: boolean;
};

// so that a bound that was lowered does not hold up everything else
const mostBlocksACommit = 200;
const mostSamplesACommit = 10_000;

/**
 * Deletes the oldest blocks that `mayDrop` allows until `overBytes` are freed, or until one
 * commit has done enough: at least as much as it has added, `addedBytes`. Counts the loss for each
 * sink that had not passed them. Runs inside the caller's transaction. Throws what SQLite says.
 */
export function dropOldest(
  sql: SpoolSql,
  { overBytes, addedBytes }: { readonly overBytes: number; readonly addedBytes: number },
  mayDrop: (id: number) => boolean,
  positions: ReadonlyMap<string, SinkPosition>,
  hasAbsent: boolean,
): DropResult {
  if (overBytes <= 0) return { blocks: [], freedBytes: 0, hasMore: false }; // no block is read
  const blocks: DroppedBlock[] = [];
  let [freedBytes, samples] = [0, 0];
  for (let block = sql.next(0); block && freedBytes < overBytes; block = sql.next(block.id)) {
    const isMuch = blocks.length >= mostBlocksACommit || samples >= mostSamplesACommit;
    if (isMuch && freedBytes >= addedBytes) return { blocks, freedBytes, hasMore: true };
    if (!mayDrop(block.id)) continue;
    sql.remove(block.id);
    freedBytes += block.bytes;
    samples += block.samples;
    blocks.push({ id: block.id, loss: lossOf(block) });
    for (const [sink, position] of positions) if (position.block < block.id) sql.lose(sink, block.samples);
    if (hasAbsent) sql.loseForAbsent(block.id, block.samples);
  }
  return { blocks, freedBytes, hasMore: false };
}
