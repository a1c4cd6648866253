import { styleText } from 'node:util';
import type { ReasonKind } from '../model/advice.ts';
import {
  isReporting,
  type PluginAnswer,
  type PluginDetail,
  type PluginState,
  type PluginStatus,
  type SinkStatus,
  type Status,
} from '../model/status.ts';
import { messageText } from '../words/check-message.ts';
import { counted } from '../words/counted.ts';
import { runDuration, shortDuration } from '../words/duration.ts';
import { usageWords } from '../words/run-usage.ts';
import { visible } from '../words/visible.ts';
import { adviceLines } from './advice-lines.ts';
import { agentTroubles } from './agent-troubles.ts';
import { directoryLines, placesText } from './directory-text.ts';
import { foundLines } from './found-text.ts';
import { firstBadLineRows, notesBesideReasons, reasonsTitle } from './output-notes.ts';

/** How text is rendered. */
export type RenderOptions = { readonly colours: boolean };

/** The colours of the text. */
export type Colour = 'red' | 'yellow' | 'green' | 'gray';

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

const sinkColours: Readonly<Record<SinkStatus['state'], Colour>> = {
  new: 'gray',
  connected: 'green',
  away: 'yellow',
  busy: 'yellow',
  refused: 'red',
};

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
  const isTroubled = (plugin: PluginStatus) => plugin.state === 'suspended' || troublesOf(plugin).length > 0;
  const quiet = ordered.filter((plugin) => !isTroubled(plugin));
  const reporting = plugins.filter(isReporting).length;
  const scriptCount = plugins.filter(({ state }) => state !== 'not-a-script').length;
  const width = Math.min(40, Math.max(0, ...plugins.map(({ file }) => visible(file).length)));
  return [
    `plugins: ${reporting} of ${scriptCount} report${placesText(status).replace(/.+/s, ' ($&)')}`,
    ...directoryLines(status),
    ...ordered.filter(isTroubled).flatMap((plugin) => [
      pluginLine(plugin, width, atS, options),
      // A suspension is the same for all plugins of a directory, and stands above them.
      ...(plugin.state === 'suspended' ? [] : troublesOf(plugin).map((trouble) => `      ${visible(trouble)}`)),
    ]),
    ...quiet.slice(0, mostListed).map((plugin) => pluginLine(plugin, width, atS, options)),
    ...(quiet.length > mostListed ? [`  … and ${quiet.length - mostListed} more that have no trouble`] : []),
  ];
}

/** Returns what is shown below the line of a plugin in the list. */
function troublesOf({ reasons }: PluginStatus): readonly string[] {
  return reasons.flatMap(({ kind, explanation }) => (shownInTheLine.has(kind) ? [] : [explanation]));
}

function pluginLine(plugin: PluginStatus, width: number, atS: number, { colours }: RenderOptions): string {
  const { file, state, currentRun, lastRun, nextDueAtS } = plugin;
  const words = [
    ...(currentRun && (currentRun.isOverdue || currentRun.skips > 0) ? [currentRunText(currentRun)] : []),
    ...(lastRun === null
      ? [state === 'not-a-script' ? 'never runs' : 'no run yet']
      : [`ran ${ago(atS, lastRun.endedAtS)}`, ...lastRunWords(lastRun)]),
    ...(state === 'pending' && nextDueAtS !== null ? [`next in ${shortDuration(nextDueAtS - atS)}`] : []),
  ];
  const label = paint(pluginColours[state], state.padEnd(9), colours);
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

function sinkLines({ sinks, atS, dashboardUrl }: Status, options: RenderOptions): readonly string[] {
  if (sinks.length === 0 && dashboardUrl !== null)
    return [`sinks: none; samples are kept for the page, ${dashboardUrl}`];
  if (sinks.length === 0)
    return [
      'sinks: none, so samples are sent nowhere; ' +
        'give a key with -k or api_key under [collector], or a [sink:…] section',
    ];
  const width = Math.max(...sinks.map(({ name }) => name.length));
  return ['sinks:', ...sinks.flatMap((sink) => sinkEntry(sink, width, atS, options))];
}

function sinkEntry(sink: SinkStatus, width: number, atS: number, { colours }: RenderOptions): readonly string[] {
  const {
    name,
    address,
    state,
    waitingSamples,
    oldestAtS,
    lostSamples,
    droppedSamples,
    trouble,
    troubleSinceS,
    sentSamples,
  } = sink;
  const facts = [
    `${counted(waitingSamples, 'sample')} waiting${oldestAtS === null ? '' : `, the oldest of ${ago(atS, oldestAtS)}`}`,
    `${sentSamples} sent`,
    ...(lostSamples > 0 ? [`${lostSamples} lost to [spool] max_size`] : []),
    ...(droppedSamples > 0 ? [`${droppedSamples} dropped: the sink will never take them`] : []),
  ];
  const since = troubleSinceS === null ? '' : `for ${shortDuration(atS - troubleSinceS)}: `;
  const label = paint(sinkColours[state], state.padEnd(9), colours);
  const line = `  ${name.padEnd(width)}  ${label}  ${visible(address)}: ${facts.join(', ')}`;
  return trouble === null ? [line] : [line, `      ${since}${visible(trouble)}`];
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
    `${visible(file)}: ${paint(pluginColours[state], state, options.colours)}`,
    fact('path', visible(path)),
    fact('metrics', `${visible(hostname)}.${visible(name)}.*`),
    fact('interval', `${shortDuration(intervalS)}${next}`),
    ...(now ? [fact('now', now.join(', '))] : []),
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

function ago(nowS: number, atS: number): string {
  return `${shortDuration(nowS - atS)} ago`;
}

/** Returns text in a colour, if `colours` is true. */
export function paint(colour: Colour, text: string, colours: boolean): string {
  return colours ? styleText(colour, text, { validateStream: false }) : text;
}
