import { type Loss, lossOf } from './blocks.ts';
import type { SinkPosition } from './positions.ts';
import type { SpoolSql } from './sql.ts';

/** A block that left before every sink had it. */
export type Gone = { readonly id: number; readonly loss: Loss };

/** What was taken off the disk. `isOver`: more is to go, at another time. */
export type Dropped = { readonly gone: readonly Gone[]; readonly freedBytes: number; readonly isOver: boolean };

const mostAtATime = 200; // so that a bound that was lowered does not hold up everything

/**
 * Takes the oldest blocks that `mayGo` off the disk until `overBytes` are gone, or enough for one time, and counts the loss for each sink
 * that had not passed them, inside the caller's transaction. Throws what SQLite says.
 */
export function dropOldest(
  sql: SpoolSql,
  overBytes: number,
  mayGo: (id: number) => boolean,
  own: ReadonlyMap<string, SinkPosition>,
  hasAbsent: boolean,
): Dropped {
  const gone: Gone[] = [];
  let freedBytes = 0;
  for (let block = sql.next(0); block && freedBytes < overBytes; block = sql.next(block.id)) {
    if (gone.length === mostAtATime) return { gone, freedBytes, isOver: true };
    if (!mayGo(block.id)) continue;
    sql.remove(block.id);
    freedBytes += block.bytes;
    gone.push({ id: block.id, loss: lossOf(block) });
    for (const [sink, place] of own) if (place.block < block.id) sql.lose(sink, block.samples);
    if (hasAbsent) sql.loseForAbsent(block.id, block.samples);
  }
  return { gone, freedBytes, isOver: false };
}
