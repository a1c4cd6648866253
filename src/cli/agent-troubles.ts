import type { Status } from '../model/status.ts';
import { shortDuration } from '../words/duration.ts';
import { visible } from '../words/visible.ts';

/**
 * Returns what is wrong with the agent as a whole, each trouble as the lines of one block; a block
 * without lines: nothing of the kind is wrong.
 */
export function agentTroubles(status: Status): readonly (readonly string[])[] {
  const { configurationProblems, stateDir, storeFailure, overload, atS } = status;
  return [
    configurationProblems.length > 0
      ? [
          'the configuration on disk is not in force, because it has problems:',
          ...configurationProblems.map((problem) => `  ${visible(problem)}`),
        ]
      : [],
    storeFailure === null
      ? []
      : [`samples can't be stored in ${visible(stateDir)} and are held in memory: ${visible(storeFailure)}`],
    salvageLines(status),
    overload === null
      ? []
      : [`overloaded for ${shortDuration(atS - overload.sinceS)}: ${visible(overload.explanation)}`],
  ];
}

/** Returns what became of a damaged database, in one line; empty: none was damaged. */
function salvageLines({ salvage, atS }: Status): readonly string[] {
  if (salvage === null) return [];
  const { samples, lost, path } = salvage;
  const rest = lost === null ? 'it is not known how many are lost' : `${lost} are lost`;
  const ago = shortDuration(Math.max(0, atS - salvage.atS));
  return [
    `the database was damaged ${ago} ago: ${samples} of its samples are salvaged, ${rest}; it is ${visible(path)}`,
  ];
}
