import type { Status } from '../model/status.ts';
import { shortDuration } from '../words/duration.ts';
import { visible } from '../words/visible.ts';

/** Returns what became of a damaged database, in one line; empty: none was damaged. */
export function salvageLines({ salvage, atS }: Status): readonly string[] {
  if (salvage === null) return [];
  const { samples, lost, path } = salvage;
  const rest = lost === null ? 'it is not known how many are lost' : `${lost} are lost`;
  const ago = shortDuration(Math.max(0, atS - salvage.atS));
  return [
    `the database was damaged ${ago} ago: ${samples} of its samples are salvaged, ${rest}; it is ${visible(path)}`,
  ];
}
