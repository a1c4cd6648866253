import type { Sample } from '../model/sample.ts';
import { type Block, packBlocks } from './blocks.ts';

/** A block with its place in the order of the spool. */
export type HeldBlock = Block & { readonly id: number };

/** The end of the spool that is in memory: what the disk does not take now. Empty as long as commits succeed. */
export type Tail = {
  /** Takes samples; `nextId` numbers their blocks. Gives the blocks. */
  hold(samples: Iterable<Sample>, nextId: () => number): readonly HeldBlock[];
  /** Oldest first. */
  blocks(): readonly HeldBlock[];
  /** Takes blocks away until no more than `maxBytes` are held, the oldest that `mayGo` first, and gives them. */
  shrink(maxBytes: number, mayGo: (id: number) => boolean): readonly HeldBlock[];
  /** How many samples lie behind a place. */
  samplesAfter(id: number): number;
  /** Lets go of the blocks up to an id. */
  passed(id: number): void;
};

/** Nothing is held yet. */
export function createTail(): Tail {
  let held: HeldBlock[] = [];
  return {
    hold(samples, nextId) {
      const added = [...packBlocks(samples)].map((block) => ({ ...block, id: nextId() }));
      held.push(...added);
      return added;
    },
    blocks: () => held,
    shrink(maxBytes, mayGo) {
      let over = held.reduce((sum, { lines }) => sum + lines.length, 0) - maxBytes;
      const gone: HeldBlock[] = [];
      held = held.filter((block) => {
        if (over <= 0 || !mayGo(block.id)) return true;
        over -= block.lines.length;
        gone.push(block);
        return false;
      });
      return gone;
    },
    samplesAfter: (id) => held.reduce((sum, block) => sum + (block.id > id ? block.samples : 0), 0),
    passed(id) {
      held = held.filter((block) => block.id > id);
    },
  };
}
