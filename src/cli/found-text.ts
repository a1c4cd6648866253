import type { Status } from '../model/status.ts';
import { visible } from '../words/visible.ts';

/** Returns what the agent found when it started, in one line; empty: it has not looked yet. */
export function foundLines({ foundAtStart }: Pick<Status, 'foundAtStart'>): readonly string[] {
  return foundAtStart ? [`found at the start: ${visible(foundAtStart.explanation)}`] : [];
}
