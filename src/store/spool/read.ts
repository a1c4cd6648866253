import type { Sample } from '../../model/sample.ts';
import { unpackLines } from './blocks.ts';
import type { SpoolSql } from './sql.ts';
import type { Tail } from './tail.ts';

/** The oldest whole blocks behind a place: what can be read of them, how many samples they were made of, and the id of the last. */
export type StoredBatch = {
  readonly samples: readonly Sample[];
  readonly storedSamples: number;
  readonly last: number;
};

const mostBlocks = 1000; // a batch of a thousand small commits is large enough

/** Reads from disk, and from memory where nothing is on disk, or there is no file (`sql` null). Null: there is nothing behind the place. Throws what SQLite says. */
export function readBatch(sql: SpoolSql | null, tail: Tail, place: number, maxSamples: number): StoredBatch | null {
  const onDisk = sql === null ? [] : upTo(maxSamples, sql.sizesAfter(place, mostBlocks));
  const blocks = onDisk.length > 0 ? onDisk : upTo(maxSamples, behind(tail, place));
  const last = blocks.at(-1)?.id;
  if (last === undefined) return null;
  const inMemory = behind(tail, place).filter(({ id }) => id <= last);
  const texts = sql !== null && onDisk.length > 0 ? sql.linesBetween(place, last) : inMemory.map(({ lines }) => lines);
  return {
    samples: texts.flatMap(unpackLines),
    storedSamples: blocks.reduce((sum, { samples }) => sum + samples, 0),
    last,
  };
}

/** The time of the oldest sample behind a place, as its line says; null: there is none. Throws what SQLite says. */
export function readOldestAtS(sql: SpoolSql | null, tail: Tail, place: number): number | null {
  const block = sql?.next(place) ?? behind(tail, place)[0];
  const firstLine = block?.lines.slice(0, block.lines.indexOf('\n'));
  return firstLine === undefined ? null : Number(firstLine.slice(firstLine.lastIndexOf(' ') + 1)) || 0;
}

function behind(tail: Tail, place: number) {
  return tail.blocks().filter(({ id }) => id > place);
}

/** The first blocks that make up no more than so many samples; the first in any case. */
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
