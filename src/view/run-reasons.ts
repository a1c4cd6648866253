import type { Reason } from '../model/advice.ts';
import type { CurrentRun } from '../model/status.ts';
import { clockTimeOrDate } from '../words/clock-time.ts';
import { shortDuration } from '../words/duration.ts';
import { reason } from './reason.ts';
import type { Situation } from './situation.ts';

/**
 * What keeps a plugin from running now, or makes it run for too long, the decisive reason first.
 * Never throws.
 */
export function runReasons(situation: Situation): readonly Reason[] {
  const { script, currentRun, facts } = situation;
  const ofRun = currentRun ? currentRunReasons(currentRun, situation) : [];
  if (!script.isSettled) {
    const when = 'it runs at the next tick after it was left alone for 300 ms';
    const sentence = `${script.plugin.file} is still being written, or was a moment ago; ${when}`;
    return [...ofRun, reason('being-written', sentence)];
  }
  return facts.run === null && ofRun.length === 0 ? [notRunYet(situation)] : ofRun;
}

function currentRunReasons(run: CurrentRun, situation: Situation): readonly Reason[] {
  if (run.isOverdue) return hungReasons(run, situation);
  const { sinceS, skips, state } = run;
  const since = `since ${timeOf(sinceS, situation)}`;
  if (state === 'running') {
    if (skips === 0) return [];
    const cure = `raise interval under [plugin:${situation.section}]`;
    return [reason('skipped', `${skippedText(skips)}: its last run is still running ${since}; ${cure}`)];
  }
  const cure = 'with more slots it waits less: raise max_concurrency under [agent]';
  if (skips > 0) return [reason('skipped', `${skippedText(skips)}: it waits for a slot ${since}; ${cure}`)];
  return [reason('waiting', `it waits for a slot ${since}; ${cure}`)];
}

function hungReasons({ pid, sinceS, elapsedS, skips }: CurrentRun, situation: Situation): readonly Reason[] {
  const { overdueAfterS } = situation;
  const who = pid === null ? '' : ` (pid ${pid})`;
  const share = elapsedS < overdueAfterS ? '' : `, longer than overdue_after (${shortDuration(overdueAfterS)})`;
  const running = `still running since ${timeOf(sinceS, situation)}${who}${share}; the agent never ends it`;
  const hung =
    pid === null
      ? reason('hung', running)
      : reason(
          'hung',
          `${running}; the first command shows what it waits for, the second one ends it`,
          `ps -o pid,etime,wchan,args -p ${pid}`,
          `kill ${pid}`,
        );
  if (skips === 0) return [hung];
  const sentence = `${skippedText(skips)}: its last run is still running; it runs again once that has ended`;
  return [hung, reason('skipped', sentence)];
}

function skippedText(skips: number): string {
  return skips === 1 ? '1 tick was skipped' : `${skips} ticks in a row were skipped`;
}

function notRunYet(situation: Situation): Reason {
  const { currentRun, nextTickAtS, nextDueAtS, intervalS, section, nowS } = situation;
  if (currentRun) return reason('not-run-yet', 'its first run since the agent started is still running');
  const when = `it runs at ${timeOf(nextDueAtS, situation)}, in ${shortDuration(nextDueAtS - nowS)}`;
  if (nextDueAtS <= nextTickAtS) return reason('not-run-yet', `it has not run since the agent started; ${when}`);
  const interval = `its interval is ${shortDuration(intervalS)}`;
  const cure = `for a shorter one set interval under [plugin:${section}]`;
  return reason('not-due', `it has not run since the agent started: ${interval}; ${when}; ${cure}`);
}

function timeOf(atS: number, { nowS }: Situation): string {
  return clockTimeOrDate(atS * 1000, nowS * 1000);
}
