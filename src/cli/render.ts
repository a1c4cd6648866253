import type { ReasonKind } from '../model/advice.ts';
import {
  isReporting,
  type PluginAnswer,
  type PluginDetail,
  type PluginState,
  type PluginStatus,
  type Status,
} from '../model/status.ts';
import { messageText } from '../words/check-message.ts';
import { counted } from '../words/counted.ts';
import { runDuration, shortDuration } from '../words/duration.ts';
import { usageWords } from '../words/run-usage.ts';
import { isMutedTrouble, mutedText, needsALook, stateWord } from '../words/state-word.ts';
import { visible } from '../words/visible.ts';
import { adviceLines } from './advice-lines.ts';
import { agentTroubles } from './agent-troubles.ts';
import { directoryLines, placesText } from './directory-text.ts';
import { foundLines } from './found-text.ts';
import { firstBadLineRows, notesBesideReasons, reasonsTitle } from './output-notes.ts';
import { ago, type Colour, paint, type RenderOptions } from './rendering.ts';
import { sinkLines } from './sink-text.ts';

const pluginColours: Readonly<Record<PluginState, Colour>> = {
  suspended: 'red',
  rejected: 'red',
  hung: 'red',
  failing: 'red',
  'bad-lines': 'yellow',
  silent: 'yellow',
  slow: 'gray',
  late: 'yellow',
  disabled: 'gray',
  'not-a-script': 'gray',
  pending: 'gray',
  ok: 'green',
};
const worstFirst = Object.keys(pluginColours);

const mostListed = 40; // of plugins without trouble
const shownInTheLine: ReadonlySet<ReasonKind> = new Set(['slow', 'not-run-yet', 'not-due']);

/**
 * Returns the whole status as text, the worst plugins first. Control characters in names and
 * output of scripts are escaped.
 */
export function renderStatus(status: Status, options: RenderOptions): string {
  const { hostname, version, pid, atS, startedAtS, intervalS, lastTickAtS } = status;
  const tick = lastTickAtS === null ? 'no tick yet' : `last tick ${ago(atS, lastTickAtS)}`;
  const stopping = status.isStopping ? ', is stopping' : '';
  const up = `up ${shortDuration(atS - startedAtS)}${stopping} (pid ${pid})`;
  const head = `instrument_server ${version} on ${hostname}: ${up}, a tick every ${shortDuration(intervalS)}, ${tick}`;
  const blocks = [
    [head],
    ...agentTroubles(status),
    pluginLines(status, options),
    sinkLines(status, options),
    foundLines(status),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** Returns everything about the plugins that a name selects, or why it selects none. */
export function renderPlugins(
  { plugins, advice }: PluginAnswer,
  hostname: string,
  atS: number,
  options: RenderOptions,
): string {
  if (advice !== null) return `${adviceLines(advice).join('\n')}\n`;
  return plugins.map((plugin) => `${detailLines(plugin, hostname, atS, options).join('\n')}\n`).join('\n');
}

function pluginLines(status: Status, options: RenderOptions): readonly string[] {
  const { scripts, directories = [], plugins, atS } = status;
  const isAnySuspended = [scripts, ...directories].some(({ suspension }) => suspension !== null);
  if (!scripts.isEnabled && directories.length === 0 && plugins.length === 0)
    return ['plugins: not enabled; start with -e, or set enabled = true under [scripts]'];
  if (plugins.length === 0 && !isAnySuspended) return [`plugins: none in ${placesText(status)} yet`];
  const ordered = plugins.toSorted((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state));
  const quiet = ordered.filter((plugin) => !needsALook(plugin));
  const muted = plugins.filter(isMutedTrouble).length;
  const reporting = plugins.filter(isReporting).length;
  const scriptCount = plugins.filter(({ state }) => state !== 'not-a-script').length;
  const mutedCount = muted === 0 ? '' : `, ${muted} muted`;
  const width = Math.min(40, Math.max(0, ...plugins.map(({ file }) => visible(file).length)));
  return [
    `plugins: ${reporting} of ${scriptCount} report${mutedCount}${placesText(status).replace(/.+/s, ' ($&)')}`,
    ...directoryLines(status),
    ...[...ordered.filter(needsALook), ...quiet.slice(0, mostListed)].flatMap((plugin) => [
      pluginLine(plugin, width, atS, options),
      ...linesBelow(plugin).map((text) => `      ${visible(text)}`),
    ]),
    ...(quiet.length > mostListed ? [`  … and ${quiet.length - mostListed} more that have no trouble`] : []),
  ];
}

/** Returns what is shown below the line of a plugin in the list. */
function linesBelow(plugin: PluginStatus): readonly string[] {
  // A suspension is the same for all plugins of a directory, and stands above them.
  if (plugin.state === 'suspended' || isMutedTrouble(plugin)) return [];
  return plugin.reasons.flatMap(({ kind, explanation }) => (shownInTheLine.has(kind) ? [] : [explanation]));
}

function colourOf(plugin: PluginStatus): Colour {
  if (isMutedTrouble(plugin)) return 'gray';
  return stateWord(plugin) === plugin.state ? pluginColours[plugin.state] : 'yellow';
}

function pluginLine(plugin: PluginStatus, width: number, atS: number, { colours }: RenderOptions): string {
  const { file, state, currentRun, lastRun, nextDueAtS, muted } = plugin;
  const words = [
    ...(muted && isMutedTrouble(plugin) ? [mutedText(muted)] : []),
    ...(currentRun && (currentRun.isOverdue || currentRun.skips > 0) ? [currentRunText(currentRun)] : []),
    ...(lastRun === null
      ? [state === 'not-a-script' ? 'never runs' : 'no run yet']
      : [`ran ${ago(atS, lastRun.endedAtS)}`, ...lastRunWords(lastRun)]),
    ...(state === 'pending' && nextDueAtS !== null ? [`next in ${shortDuration(nextDueAtS - atS)}`] : []),
  ];
  const label = paint(colourOf(plugin), stateWord(plugin).padEnd(9), colours);
  return `  ${visible(file).padEnd(width)}  ${label}  ${words.join(', ')}`;
}

function currentRunText({ state, elapsedS }: NonNullable<PluginStatus['currentRun']>): string {
  return `${state === 'running' ? 'running' : 'waiting for a slot'} for ${shortDuration(elapsedS)}`;
}

function lastRunWords(run: NonNullable<PluginStatus['lastRun']>): readonly string[] {
  const { durationMs, ending, status, signal, samples, badLines, checkState, notFinite } = run;
  const how =
    ending === 'not-started' ? 'did not start' : ending === 'unknown' ? 'ending unknown' : (signal ?? `exit ${status}`);
  return [
    how,
    ...(checkState === undefined || checkState === 'OK' ? [] : [checkState]),
    ...(durationMs === null ? [] : [runDuration(durationMs)]),
    ...(samples === null ? [] : [counted(samples, 'sample')]),
    ...(badLines ? [counted(badLines, 'bad line')] : []),
    ...(notFinite ? [`${counted(notFinite, 'value')} not finite`] : []),
  ];
}

function lastRunText(run: NonNullable<PluginStatus['lastRun']>, atS: number): string {
  return [ago(atS, run.endedAtS), ...lastRunWords(run), ...usageWords(run)].join(', ');
}

function detailLines(plugin: PluginDetail, hostname: string, atS: number, options: RenderOptions): readonly string[] {
  const {
    file,
    name,
    path,
    state,
    intervalS,
    nextDueAtS,
    currentRun,
    lastRun,
    lastReportAtS,
    runs,
    failuresInARow,
    skips,
  } = plugin;
  const fact = (label: string, text: string) => `  ${label.padEnd(14)}${text}`;
  const next = nextDueAtS === null ? '' : `; next in ${shortDuration(nextDueAtS - atS)}`;
  const now = currentRun && [
    currentRunText(currentRun),
    ...(currentRun.pid === null ? [] : [`pid ${currentRun.pid}`]),
    ...(currentRun.isOverdue ? ['holds no slot'] : []),
    ...(currentRun.skips > 0 ? [`${counted(currentRun.skips, 'tick')} skipped`] : []),
  ];
  return [
    `${visible(file)}: ${paint(colourOf(plugin), stateWord(plugin), options.colours)}`,
    fact('path', visible(path)),
    fact('metrics', `${visible(hostname)}.${visible(name)}.*`),
    fact('interval', `${shortDuration(intervalS)}${next}`),
    ...(now ? [fact('now', now.join(', '))] : []),
    ...(plugin.muted ? [fact('muted', mutedText(plugin.muted))] : []),
    fact('last run', lastRun === null ? 'none' : lastRunText(lastRun, atS)),
    ...messageText(lastRun).map((text) => fact('message', visible(text))),
    fact('last samples', lastReportAtS === null ? 'none since the agent started' : ago(atS, lastReportAtS)),
    fact(
      'so far',
      [
        counted(runs, 'run'),
        ...(failuresInARow > 0 ? [`the last ${failuresInARow} failed`] : []),
        counted(skips, 'skip'),
      ].join(', '),
    ),
    ...titled(reasonsTitle(state), plugin.reasons.flatMap(adviceLines)),
    ...titled('bad lines', firstBadLineRows(plugin)),
    ...titled('notes on its last output', notesBesideReasons(plugin)),
    ...titled('stderr', plugin.stderr.map(visible)),
  ];
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)];
}
