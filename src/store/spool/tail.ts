import type { Sample } from '../../model/sample.ts';
import { type Block, packBlocks } from './blocks.ts';

/** A block with its id. Ids grow, on disk and in memory alike. */
export type NumberedBlock = Block & { readonly id: number };

/**
 * The end of the spool that is in memory: what the disk does not take now. Empty as long as
 * commits succeed.
 */
export type Tail = {
  /**
   * Adds samples, block by block. Beyond `maxBytes` it drops the oldest blocks that `mayDrop`
   * allows. Returns how many samples it added.
   */
  hold(samples: Iterable<Sample>, bounds: TailBounds): number;
  /** All blocks, oldest first. */
  blocks(): readonly NumberedBlock[];
  /** The oldest blocks: as many as reach `bytes`. */
  first(bytes: number): readonly NumberedBlock[];
  /** How many samples are in the blocks behind an id. */
  samplesAfter(id: number): number;
  /** How many bytes are in the blocks behind an id. */
  bytesAfter(id: number): number;
  /** Removes the blocks up to an id. */
  passed(id: number): void;
};

/** How large the tail may be, and what it asks and calls while it takes samples. */
export type TailBounds = {
  readonly maxBytes: number;
  /** Returns the id of a new block. */
  readonly nextId: () => number;
  readonly mayDrop: (id: number) => boolean;
  readonly onDropped: (block: NumberedBlock) => void;
};

/** Creates an empty tail. */
export function createTail(): Tail {
  let held: NumberedBlock[] = [];
  let bytes = 0;

  /** Returns whether there was a block to drop. */
  function dropOldest({ mayDrop, onDropped }: TailBounds): boolean {
    const index = held.findIndex(({ id }) => mayDrop(id));
    const [block] = index === -1 ? [] : held.splice(index, 1);
    if (!block) return false;
    bytes -= block.lines.length;
    onDropped(block);
    return true;
  }

  return {
    hold(samples, bounds) {
      let added = 0;
      for (const block of packBlocks(samples)) {
        held.push({ ...block, id: bounds.nextId() });
        bytes += block.lines.length;
        added += block.samples;
        while (bytes > bounds.maxBytes && dropOldest(bounds));
      }
      return added;
    },
    blocks: () => held,
    first(mostBytes) {
      let sum = 0;
      const end = held.findIndex(({ lines }) => {
        sum += lines.length;
        return sum >= mostBytes;
      });
      return end === -1 ? held : held.slice(0, end + 1);
    },
    samplesAfter: (after) => held.reduce((sum, { id, samples }) => sum + (id > after ? samples : 0), 0),
    bytesAfter: (after) => held.reduce((sum, { id, lines }) => sum + (id > after ? lines.length : 0), 0),
    passed(last) {
      held = held.filter(({ id }) => id > last);
      bytes = held.reduce((sum, { lines }) => sum + lines.length, 0);
    },
  };
}
