import type { CurrentRun, PluginStatus } from '../../model/status.ts';
import { messageText } from '../../words/check-message.ts';
import { shortDuration } from '../../words/duration.ts';
import { usageWords } from '../../words/run-usage.ts';
import { mutedText } from '../../words/state-word.ts';
import { agoText, clockTimeOrDay, durationText, endingText, readableCount } from './words.ts';

/** A fact about a plugin: `last run`, and the text beside it. */
export type PluginFact = readonly [name: string, text: string];

/** Returns the facts that `instrument_server status NAME` prints. Elapsed times end at `nowS`. */
export function pluginFacts(plugin: PluginStatus, hostname: string, nowS: number): readonly PluginFact[] {
  const { path, name, intervalS, nextDueAtS, currentRun, lastRun, lastReportAtS, runs, failuresInARow, skips } = plugin;
  const next = nextDueAtS === null ? '' : `; next at ${clockTimeOrDay(nextDueAtS, nowS)}`;
  const failures = `${readableCount(failuresInARow, 'failure')} in a row`;
  return [
    ...(currentRun ? [currentFact(currentRun, nowS)] : []),
    ['last run', lastRun === null ? 'none' : lastRunText(lastRun, nowS)],
    ...messageText(lastRun).map((text) => ['message', text] as const),
    ['last samples', lastReportAtS === null ? 'none since the agent started' : agoText(lastReportAtS, nowS)],
    ['interval', `${shortDuration(intervalS)}${next}`],
    ['so far', `${readableCount(runs, 'run')}, ${failures}, ${readableCount(skips, 'skip')}`],
    ...(plugin.muted ? [['muted', mutedText(plugin.muted)] as const] : []),
    ['metrics', `${hostname}.${name}.*`],
    ['path', path],
  ];
}

function currentFact({ state, pid, sinceS, isOverdue, skips }: CurrentRun, nowS: number): PluginFact {
  const words = [
    `${state === 'running' ? 'running' : 'waiting for a slot'} for ${shortDuration(nowS - sinceS)}`,
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...(isOverdue ? ['holds no slot'] : []),
    ...(skips > 0 ? [`${readableCount(skips, 'tick')} skipped`] : []),
  ];
  return ['now', words.join(', ')];
}

function lastRunText(run: NonNullable<PluginStatus['lastRun']>, nowS: number): string {
  const { endedAtS, durationMs, samples, badLines, notFinite } = run;
  return [
    agoText(endedAtS, nowS),
    endingText(run),
    ...(durationMs === null ? [] : [durationText(durationMs)]),
    ...(samples === null ? [] : [readableCount(samples, 'sample')]),
    ...(badLines ? [readableCount(badLines, 'bad line')] : []),
    ...(notFinite ? [`${readableCount(notFinite, 'value')} not finite`] : []),
    ...usageWords(run),
  ].join(', ');
}
