import { readFileSync } from 'node:fs';
import { libc } from '../libc.ts';

/** A mapping of a file: where it begins, and how long it is, in bytes. */
export type FileMapping = { readonly address: bigint; readonly bytes: bigint };

/**
 * Takes the program's own code out of memory: what a start needs once does not come back, and what
 * is needed is mapped again from the system's cache, which has it already. So this is memory that
 * other programs can have, not only a smaller number. Does nothing without the C library. Takes
 * about as long as a collection of the heap.
 */
export function dropFilePages(): void {
  const library = libc();
  if (library === null) return;
  try {
    for (const { address, bytes } of cleanMappings(readFileSync('/proc/self/smaps', 'latin1')))
      library.dropPages(address, bytes);
  } catch {
    // without /proc everything stays in memory
  }
}

/**
 * Finds, in `/proc/PID/smaps`, private mappings of files that can't be written and have no changed
 * page, in memory or swapped out: code and constants. A page that was changed when the program was
 * loaded would be lost.
 */
export function cleanMappings(smaps: string): readonly FileMapping[] {
  const mapping =
    /^([0-9a-f]+)-([0-9a-f]+) r-[-x]p \S+ \S+ (?!0 )\d+ [\s\S]*?^Anonymous: +(\d+)[\s\S]*?^Swap: +(\d+)/gm;
  return [...smaps.matchAll(mapping)].flatMap(([, from = '', to = '', changedKiB, swappedKiB]) => {
    const address = BigInt(`0x${from}`);
    return changedKiB === '0' && swappedKiB === '0' ? [{ address, bytes: BigInt(`0x${to}`) - address }] : [];
  });
}
