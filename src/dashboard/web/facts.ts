import type { CurrentRun, PluginStatus } from '../../model/status.ts';
import { shortDuration } from '../../words/duration.ts';
import { agoText, clockText, counted, durationText, endingText } from './words.ts';

/** A name and what is to be said under it. */
export type Fact = readonly [name: string, text: string];

/** What is known of a plugin, in the words of `instrument_server status NAME`. What counts up counts to `nowS`. */
export function pluginFacts(plugin: PluginStatus, hostname: string, nowS: number): readonly Fact[] {
  const { path, name, intervalS, nextDueAtS, currentRun, lastRun, lastReportAtS, runs, failuresInARow, skips } = plugin;
  const next = nextDueAtS === null ? '' : `; next at ${clockText(nextDueAtS, nowS)}`;
  return [
    ...(currentRun ? [currentFact(currentRun, nowS)] : []),
    ['last run', lastRun === null ? 'none' : lastRunText(lastRun, nowS)],
    ['last samples', lastReportAtS === null ? 'none since the agent started' : agoText(lastReportAtS, nowS)],
    ['interval', `${shortDuration(intervalS)}${next}`],
    ['so far', `${counted(runs, 'run')}, ${counted(failuresInARow, 'failure')} in a row, ${counted(skips, 'skip')}`],
    ['metrics', `${hostname}.${name}.*`],
    ['path', path],
  ];
}

function currentFact({ state, pid, sinceS, isOverdue, skips }: CurrentRun, nowS: number): Fact {
  const words = [
    `${state === 'running' ? 'running' : 'waiting for a slot'} for ${shortDuration(nowS - sinceS)}`,
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...(isOverdue ? ['overdue'] : []),
    ...(skips > 0 ? [`${counted(skips, 'tick')} skipped`] : []),
  ];
  return ['now', words.join(', ')];
}

function lastRunText(run: NonNullable<PluginStatus['lastRun']>, nowS: number): string {
  const { endedAtS, durationMs, samples, badLines } = run;
  return [
    agoText(endedAtS, nowS),
    endingText(run),
    ...(durationMs === null ? [] : [durationText(durationMs)]),
    ...(samples === null ? [] : [counted(samples, 'sample')]),
    ...(badLines ? [counted(badLines, 'bad line')] : []),
  ].join(', ');
}
