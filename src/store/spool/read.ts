/**
 * Reads what waits behind a position: from the file, or from memory where nothing is in the file.
 */
import type { Sample } from '../../model/sample.ts';
import { unpackLines, unpackValues } from './blocks.ts';
import type { SpoolSql } from './sql.ts';
import type { NumberedBlock, Tail } from './tail.ts';

/**
 * The oldest whole blocks behind a position: the samples that can be read, how many samples were
 * stored, and the id of the last block.
 */
export type StoredBatch = {
  readonly samples: readonly Sample[];
  readonly storedSamples: number;
  readonly last: number;
};

const mostBlocks = 1000; // a batch of a thousand small commits is large enough

/**
 * Reads at most `maxSamples` samples, but at least one block. Reads from memory where nothing is
 * on disk or where there is no file (`sql` null). `withSeries` false: as `unpackValues`. Null:
 * nothing is behind the position. Throws what SQLite says.
 */
export function readBatch(
  sql: SpoolSql | null,
  tail: Tail,
  position: number,
  maxSamples: number,
  withSeries = true,
): StoredBatch | null {
  const onDisk = sql === null ? [] : upTo(maxSamples, sql.sizesAfter(position, mostBlocks));
  const inMemory = blocksBehind(tail, position);
  const blocks = onDisk.length > 0 ? onDisk : upTo(maxSamples, inMemory);
  const last = blocks.at(-1)?.id;
  if (last === undefined) return null;
  const texts =
    sql !== null && onDisk.length > 0
      ? sql.linesBetween(position, last)
      : inMemory.filter(({ id }) => id <= last).map(({ lines }) => lines);
  return {
    samples: texts.flatMap(withSeries ? unpackLines : unpackValues),
    storedSamples: blocks.reduce((sum, { samples }) => sum + samples, 0),
    last,
  };
}

/**
 * Returns the time of the oldest sample behind a position, in unix seconds; 0 if its line is
 * damaged. Null: there is none. Throws what SQLite says.
 */
export function readOldestAtS(sql: SpoolSql | null, tail: Tail, position: number): number | null {
  const block = sql?.next(position) ?? blocksBehind(tail, position)[0];
  if (block === undefined) return null;
  const [, , time] = block.lines.slice(0, block.lines.indexOf('\n')).split(' ', 3);
  return Number(time) || 0;
}

function blocksBehind(tail: Tail, position: number): readonly NumberedBlock[] {
  return tail.blocks().filter(({ id }) => id > position);
}

/**
 * Returns the first blocks that hold no more than `maxSamples` together; the first block in any
 * case.
 */
function upTo<Sized extends { readonly samples: number }>(
  maxSamples: number,
  blocks: readonly Sized[],
): readonly Sized[] {
  let count = 0;
  const end = blocks.findIndex(({ samples }, index) => {
    count += samples;
    return index > 0 && count > maxSamples;
  });
  return end === -1 ? blocks : blocks.slice(0, end);
}
