import type { Advice, Reason } from '../model/advice.ts';
import type { CurrentRun } from '../model/status.ts';
import { clockTimeOrDate } from '../words/clock-time.ts';
import { durationRange, roughDuration, shortDuration } from '../words/duration.ts';
import { isHung } from './hung.ts';
import { reason, reasonOf } from './reason.ts';
import type { RunDurations } from './recent-runs.ts';
import { rememberingLast } from './remembering-last.ts';
import type { EndedRun } from './runs.ts';
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
  if (ofRun.length > 0) return ofRun;
  return facts.run === null ? [notRunYet(situation)] : lastRunReasons(facts.run, situation);
}

/** The last run began late, or took so long that ticks were skipped. */
function lastRunReasons(run: EndedRun, situation: Situation): readonly Reason[] {
  const { waiting, running } = situation.facts.lastRunSkips;
  if (run.failure !== null) return [];
  if (waiting > 0) return [waitingReason(`${skippedText(waiting)}: its last run had to wait for a slot`, situation)];
  if (running === 0 || run.durationMs < situation.intervalS * 1000) return []; // else it was another run
  const took = `its last run took ${roughDuration(run.durationMs)}`;
  const intervalS = longEnoughS(run.durationMs / 1000, situation);
  const cure = `raise interval under ${situation.section} to ${intervalS}s or more`;
  return [reason('skipped', `${skippedText(running)}: ${took}; ${cure}`)];
}

/** What a person should know of a run that is hung, and what to type. */
export function adviceOnHung({ pid, sinceS }: CurrentRun, lastRuns: RunDurations | null, nowS: number): Advice<'hung'> {
  const who = pid === null ? '' : ` (pid ${pid})`;
  const since = clockTimeOrDate(sinceS * 1000, nowS * 1000);
  const running = `still running since ${since}${who}; ${lastRunsText(lastRuns)}; the agent never ends it`;
  if (pid === null) return { kind: 'hung', sentence: running, commands: [] };
  const sentence = `${running}; the first command shows what it waits for, the second one ends it`;
  return { kind: 'hung', sentence, commands: [`ps -o pid,etime,wchan,args -p ${pid}`, `kill ${pid}`] };
}

function currentRunReasons(run: CurrentRun, situation: Situation): readonly Reason[] {
  const { isOverdue, sinceS, elapsedS, skips, state } = run;
  const lastRuns = situation.facts.durations();
  if (state === 'waiting')
    return skips === 0
      ? []
      : [waitingReason(`${skippedText(skips)}: it waits for a slot since ${timeOf(sinceS, situation)}`, situation)];
  if (isHung(run, lastRuns)) {
    const sentence = `${skippedText(skips)}: its last run is still running; it runs again once that has ended`;
    return [reasonOf(adviceOnHung(run, lastRuns, situation.nowS)), reason('skipped', sentence)];
  }
  const running = `running ${roughDuration(elapsedS * 1000)}; ${lastRunsText(lastRuns)}`;
  const slow = isOverdue ? [reason('slow', `${running}; it reports when it ends`)] : [];
  if (skips === 0) return slow;
  const since = `its last run is still running since ${timeOf(sinceS, situation)}`;
  const cure = `raise interval under ${situation.section} to ${longEnoughS(elapsedS, situation)}s or more`;
  return [...slow, reason('skipped', `${skippedText(skips)}: ${since}; ${cure}`)];
}

function lastRunsText(lastRuns: RunDurations | null): string {
  if (lastRuns === null) return 'no run of it has ended by itself since the agent started';
  const who = lastRuns.runs === 1 ? 'its last run' : 'its last runs';
  return `${who} took ${durationRange(lastRuns.shortestMs, lastRuns.longestMs)}`;
}

/** An interval in which a run of `elapsedS` and the last ones end, in seconds. */
function longEnoughS(elapsedS: number, { facts, intervalS }: Situation): number {
  const longestS = (facts.durations()?.longestMs ?? 0) / 1000;
  return intervalS * Math.max(2, Math.floor(elapsedS / intervalS) + 1, Math.ceil(longestS / intervalS));
}

/** With busier processors than this, in percent, more runs at a time would only take longer. */
export const busyPercent = 80;

/** `waits` says how long. */
function waitingReason(waits: string, { cpuBusyPercent, section, shortage }: Situation): Reason {
  if (shortage !== null) return reason('waiting', `${waits}; ${shortage.sentence}`, ...shortage.commands);
  const fewer = `raise interval under ${section} and in the sections of others, or run fewer scripts`;
  const slots = 'set max_concurrency under [agent] to a larger number';
  if (cpuBusyPercent === null)
    return reason('waiting', `${waits}; if the CPUs are idle, ${slots}; if they are busy, ${fewer}`);
  const busy = `the CPUs are ${Math.round(cpuBusyPercent)} % busy`;
  if (cpuBusyPercent < busyPercent) return reason('waiting', `${waits}, while ${busy}; ${slots}`);
  return reason('waiting', `${waits}; ${busy}, so more slots would not help; ${fewer}`);
}

function skippedText(skips: number): string {
  return skips === 1 ? '1 tick was skipped' : `${skips} ticks in a row were skipped`;
}

function notRunYet(situation: Situation): Reason {
  const { currentRun, nextTickAtS, nextDueAtS, intervalS, section, nowS } = situation;
  if (currentRun) {
    const doing = currentRun.state === 'running' ? 'is still running' : 'waits for a slot';
    return reason('not-run-yet', `its first run since the agent started ${doing}`);
  }
  if (nextDueAtS <= nextTickAtS) return hasNotRun(nextDueAtS, nowS);
  const when = whenItRuns(nextDueAtS, nowS);
  const interval = `its interval is ${shortDuration(intervalS)}`;
  const cure = `for a shorter one set interval under ${section}`;
  return reason('not-due', `it has not run since the agent started: ${interval}; ${when}; ${cure}`);
}

const whenItRuns = rememberingLast(
  (atS, nowS) => `it runs at ${clockTimeOrDate(atS * 1000, nowS * 1000)}, in ${shortDuration(atS - nowS)}`,
);

const hasNotRun = rememberingLast((atS, nowS) =>
  reason('not-run-yet', `it has not run since the agent started; ${whenItRuns(atS, nowS)}`),
);

function timeOf(atS: number, { nowS }: Situation): string {
  return clockTimeOrDate(atS * 1000, nowS * 1000);
}
