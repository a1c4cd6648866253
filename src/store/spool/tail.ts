import type { Sample } from '../../model/sample.ts';
import { type Block, packBlocks } from './blocks.ts';

/** A block with its place in the order of the spool. */
export type HeldBlock = Block & { readonly id: number };

/** The end of the spool that is in memory: what the disk does not take now. Empty as long as commits succeed. */
export type Tail = {
  /**
   * Takes samples, block by block, and keeps no more than `maxBytes`: the oldest blocks that `mayGo` go first, to `onGone`. `nextId`
   * numbers the blocks. Gives how many samples were taken.
   */
  hold(samples: Iterable<Sample>, bounds: TailBounds): number;
  /** Oldest first. */
  blocks(): readonly HeldBlock[];
  /** How many samples lie behind a place. */
  samplesAfter(id: number): number;
  /** Lets go of the blocks up to an id. */
  passed(id: number): void;
};

export type TailBounds = {
  readonly maxBytes: number;
  readonly nextId: () => number;
  readonly mayGo: (id: number) => boolean;
  readonly onGone: (block: HeldBlock) => void;
};

/** Nothing is held yet. */
export function createTail(): Tail {
  let held: HeldBlock[] = [];
  let bytes = 0;

  /** Gives whether there was one to take away. */
  function takeOldest({ mayGo, onGone }: TailBounds): boolean {
    const index = held.findIndex(({ id }) => mayGo(id));
    const [block] = index === -1 ? [] : held.splice(index, 1);
    if (!block) return false;
    bytes -= block.lines.length;
    onGone(block);
    return true;
  }

  return {
    hold(samples, bounds) {
      let taken = 0;
      for (const block of packBlocks(samples)) {
        held.push({ ...block, id: bounds.nextId() });
        bytes += block.lines.length;
        taken += block.samples;
        while (bytes > bounds.maxBytes && takeOldest(bounds));
      }
      return taken;
    },
    blocks: () => held,
    samplesAfter: (after) => held.reduce((sum, { id, samples }) => sum + (id > after ? samples : 0), 0),
    passed(last) {
      held = held.filter(({ id }) => id > last);
      bytes = held.reduce((sum, { lines }) => sum + lines.length, 0);
    },
  };
}
