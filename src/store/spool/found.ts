import type { FoundSamples } from '../../model/found.ts';
import { type Block, lossOf, sumOfLosses } from './blocks.ts';
import type { SpoolContents } from './contents.ts';

/**
 * Returns what waits for a sink, with its time span as the oldest and the newest block have it.
 * Samples that plugins dated themselves may be older or newer in the blocks between. Never throws.
 */
export function foundBehind({ ledger, sql, tail }: SpoolContents, sink: string): FoundSamples {
  const samples = ledger.waiting(sink);
  const position = ledger.positions().get(sink);
  const nothing = { sink, samples, oldestAtS: null, newestAtS: null };
  if (samples === 0 || !position) return nothing;
  try {
    const inMemory = tail.blocks().filter(({ id }) => id > position.block);
    const oldest = sql?.next(position.block) ?? inMemory[0];
    const newest = inMemory.at(-1) ?? sql?.next(sql.newest() - 1);
    const ends = [oldest, newest].filter((block): block is NonNullable<typeof block> => block != null);
    const span = sumOfLosses(ends.map((block: Block) => lossOf(block)));
    return span === null ? nothing : { sink, samples, oldestAtS: span.oldestAtS, newestAtS: span.newestAtS };
  } catch {
    return nothing; // a sink that reads there reports it
  }
}
