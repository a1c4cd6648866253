import type { JudgedScript } from '../model/plugin.ts';
import type { RunFacts } from './runs.ts';
import type { Situation } from './situation.ts';

/**
 * Whether nothing can be said of a script and its last run but that it reports: then it is `ok`
 * without a reason, if nothing else disturbs it. False: that must be looked at in detail.
 */
export function isPlainlyWell(
  { advice, note, collision, isSettled }: Pick<JudgedScript, 'advice' | 'note' | 'collision' | 'isSettled'>,
  { run, lastRunSkips }: Pick<RunFacts, 'run' | 'lastRunSkips'>,
): boolean {
  if (advice !== null || note !== null || collision !== null || !isSettled || run === null) return false;
  return (
    run.failure === null &&
    run.samples > 0 &&
    run.badLines === 0 &&
    run.droppedBytes === 0 &&
    run.looksLike === null &&
    run.takenByHost === null &&
    run.leftOut === null &&
    lastRunSkips.waiting + lastRunSkips.running === 0
  );
}

/** Whether nothing but its script and its last run decides whether a plugin reports. */
export function isUndisturbed({
  suspension,
  isEnabled,
  currentRun,
  leftBehind,
  unloggedStderr,
}: Pick<Situation, 'suspension' | 'isEnabled' | 'currentRun' | 'leftBehind' | 'unloggedStderr'>): boolean {
  return isEnabled && suspension === null && currentRun === null && leftBehind === null && unloggedStderr === null;
}
