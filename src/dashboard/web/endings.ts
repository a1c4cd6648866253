import type { RecentRun } from '../../model/run-status.ts';
import { type Child, element } from './elements.ts';
import { costWords, endingWords, hasFailed } from './run-words.ts';
import { clockTimeOrDay } from './words.ts';

const most = 10;

/**
 * Makes a list of how the last runs ended, the latest first. `lastGood` is the largest exit status
 * that is no failure.
 */
export function endingList(runs: readonly RecentRun[], nowS: number, lastGood: number): readonly Child[] {
  const items = runs.slice(-most).reverse();
  return items.map((run) =>
    element(
      'li',
      {},
      element('time', { class: 'muted' }, clockTimeOrDay(run.endedAtS, nowS)),
      element('span', hasFailed(run, lastGood) ? { class: 'bad' } : {}, endingWords(run, lastGood)),
      element('span', { class: 'muted' }, costWords(run)),
    ),
  );
}
