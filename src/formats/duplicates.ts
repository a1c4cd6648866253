import type { Advice } from '../model/advice.ts';
import type { Sample } from '../model/sample.ts';

/** Finds lines of one output that have the name and time of an earlier line. */
export type Duplicates = {
  add(line: number, sample: Sample): void;
  /** Says it in words; null: no line has. */
  advice(): Advice<'duplicate'> | null;
};

/**
 * How many different samples of an output are remembered, so that memory is bounded: about 1 MiB.
 * A line that repeats a later one than these is not found.
 */
const rememberedSamples = 10_000;

/** Creates a finder for one output. */
export function createDuplicates(): Duplicates {
  const lines = new Map<string, number>();
  let count = 0;
  let first = '';
  return {
    add(line, { metric, atS }) {
      const key = `${atS} ${metric}`;
      const earlier = lines.get(key);
      if (earlier === undefined) {
        if (lines.size < rememberedSamples) lines.set(key, line);
        return;
      }
      count += 1;
      if (count === 1) first = `line ${line} has the name and the time of line ${earlier} (${metric})`;
    },
    advice() {
      if (count === 0) return null;
      const more = count === 1 ? '' : `, and ${count - 1} more ${count === 2 ? 'line repeats' : 'lines repeat'} others`;
      const cure = 'all are sent, but most servers keep only one of them: give each a name of its own';
      return { kind: 'duplicate', sentence: `${first}${more}; ${cure}`, commands: [] };
    },
  };
}
