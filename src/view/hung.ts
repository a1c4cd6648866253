import type { CurrentRun } from '../model/status.ts';
import type { RunDurations } from './recent-runs.ts';

/**
 * Whether a run that is in flight is hung: it is overdue, a tick was skipped by it, and it takes
 * more than twice as long as the longest of the last runs. Without a known last run, the first
 * skipped tick decides.
 */
export function isHung(
  { isOverdue, skips, elapsedS }: Pick<CurrentRun, 'isOverdue' | 'skips' | 'elapsedS'>,
  lastRuns: RunDurations | null,
): boolean {
  return isOverdue && skips > 0 && (lastRuns === null || elapsedS * 1000 > 2 * lastRuns.longestMs);
}
