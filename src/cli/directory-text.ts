import type { Status } from '../model/status.ts';
import { visible } from '../words/visible.ts';

/** Returns what is wrong with the script directory as a whole, for the status. */
export function directoryLines({ suspension, warning }: Status['scripts']): readonly string[] {
  return [
    ...(suspension === null ? [] : [`  no plugin runs: ${visible(suspension)}`]),
    ...(warning === null ? [] : [`  warning: ${visible(warning.explanation)}`]),
  ];
}
