import type { Advice } from '../model/advice.ts';
import type { AnnotatedOutput } from '../model/annotated.ts';
import type { Config, RunSettings } from '../model/config.ts';
import type { JudgedScript, Plugin, PluginFile } from '../model/plugin.ts';
import type { InFlightRun, LastRun, LeftBehind, UnloggedStderr } from '../model/run.ts';
import type { SpoolView } from '../model/spool.ts';
import type { PluginAnswer, PluginStatus, ShownSetting, SinkStatus, Status, StatusNow } from '../model/status.ts';
import { closest } from '../words/closest.ts';
import { explanationOf } from '../words/explanation.ts';
import type { OwnCommands } from '../words/own-command.ts';
import { typeable } from '../words/shell-words.ts';
import { isMutedNow } from '../words/state-word.ts';
import { type DirectoryInStatus, directoryStatus } from './directory-status.ts';
import { currentRun, type PluginFacts, pluginDetail, pluginStatus } from './plugin-status.ts';
import { reasonOf, suspensionReason } from './reason.ts';
import { reasonOfSink, sinkReasons } from './sink-reasons.ts';
import type { SinkFacts } from './sinks.ts';
import type { View } from './view.ts';

/** A sink of the configuration, and what its position in the spool tells. */
type SinkInStatus = Pick<SpoolView, 'waiting' | 'oldestAtS' | 'lost'> & {
  readonly name: string;
  readonly address: string;
};

/** The agent as its stages know it at this moment. */
export type StatusSources = {
  readonly identity: Pick<Status, 'version' | 'pid' | 'startedAtS'>;
  readonly config: Config;
  /** The commands that the agent hands out. */
  readonly commands: OwnCommands;
  /** The configured settings of a plugin. */
  readonly settingsOf: (config: Config, plugin: Plugin) => RunSettings;
  /** Whether the configuration has it run. */
  readonly isEnabled: (config: Config, plugin: Plugin) => boolean;
  /** The same, as it is shown. */
  readonly shownSettings: (config: Config, plugin: Plugin) => readonly ShownSetting[];
  /** The section that holds its settings, or would, as it is written. */
  readonly sectionOf: (plugins: Config['plugins'], plugin: Plugin) => string;
  /** The first tick at or after `nextTickAtS` at which a plugin is due. */
  readonly nextDueAtS: (settings: RunSettings, nextTickAtS: number) => number;
  readonly nowMs: number;
  readonly nextTickAtS: number;
  readonly isStopping: boolean;
  readonly scripts: readonly JudgedScript[];
  /** Why no plugin of the script directory runs; null: they do. */
  readonly suspension: Advice<'directory-suspended'> | null;
  /** Why no plugin of the same directory runs; null: they do. */
  readonly suspensionOf: (plugin: Plugin) => Advice<'directory-suspended'> | null;
  /** The directories beside the script directory. */
  readonly directories: readonly DirectoryInStatus[];
  /** That a group can write a folder above the directory; null: none can. */
  readonly exposure: Advice<'group-writable'> | null;
  /** Why the name of a file is not a plugin; null: there is no such file. */
  readonly whyNoPlugin: (name: string) => Advice | null;
  readonly inFlight: readonly InFlightRun[];
  /** What the runs of a plugin left behind; null: nothing. */
  readonly leftBehind: (file: PluginFile) => LeftBehind | null;
  /** What is not logged of a plugin's stderr in this hour; null: nothing. */
  readonly unloggedStderr: (file: PluginFile) => UnloggedStderr | null;
  /** Why runs wait for descriptors; null: none does. */
  readonly shortage: Advice | null;
  /**
   * How many ms after a tick a plugin runs, and the moment for which it waits in this interval,
   * in ms; null: it does not wait.
   */
  readonly momentOf: (plugin: Plugin) => { readonly offsetMs: number; readonly awaitedMs: number | null };
  /** What was folded from events. */
  readonly view: View;
  readonly lastRun: (file: PluginFile) => LastRun | null;
  /** What its last run printed, line by line; null: nothing is kept of it. */
  readonly output: (plugin: Plugin) => AnnotatedOutput | null;
  /** Where the page is; null: it is not served. */
  readonly dashboardUrl: string | null;
  readonly sinks: readonly SinkInStatus[];
  readonly usage: Status['usage'];
  /** How busy the processors were in the last interval, 0 to 100; null: not known. */
  readonly cpuBusyPercent: number | null;
};

/**
 * The status of this moment. Each plugin is as it is when it is asked for; the list of plugins, and
 * what is said of the agent, is of the beginning. Never throws.
 */
export function statusNow(sources: StatusSources): StatusNow {
  const { config, identity, usage, view } = sources;
  const { runs, runsFailed, skips, samplesRead, badLines } = view.totals();
  const { lastTickAtS, configurationProblems, overload, storeFailure, salvage, foundAtStart } = view.agent();
  const agent: StatusNow['agent'] = {
    format: 1,
    ...identity,
    hostname: config.hostname,
    stateDir: config.stateDir,
    atS: sources.nowMs / 1000,
    intervalS: config.reportIntervalS,
    lastTickAtS,
    isStopping: sources.isStopping,
    configurationProblems,
    scripts: {
      isEnabled: config.scripts.enabled,
      location: config.scripts.location,
      suspension: sources.suspension && explanationOf(sources.suspension),
      reason: sources.suspension && reasonOf(sources.suspension),
      warning: sources.exposure && reasonOf(sources.exposure),
    },
    ...(sources.directories.length === 0 ? {} : { directories: sources.directories.map(directoryStatus) }),
    sinks: sinkStatuses(sources),
    dashboardUrl: sources.dashboardUrl,
    overload,
    storeFailure,
    salvage,
    foundAtStart,
    totals: { runs, runsFailed, skips, samplesRead, badLines },
    usage: { rssBytes: usage.rssBytes, cpuS: usage.cpuS },
  };
  return { agent, plugins: pluginStatuses(sources) };
}

function* pluginStatuses(sources: StatusSources): Iterable<PluginStatus> {
  const factsOf = factsOfPlugins(sources);
  for (const script of sources.scripts) yield pluginStatus(factsOf(script));
}

/**
 * Everything about the plugins that `name` selects: the one of that file name, else all of that
 * plugin name. Never throws.
 */
export function answerFor(name: string, sources: StatusSources): PluginAnswer {
  const ofFile = sources.scripts.filter(({ plugin }) => plugin.file === name);
  const selected = ofFile.length > 0 ? ofFile : sources.scripts.filter(({ plugin }) => plugin.name === name);
  if (selected.length === 0) {
    const advice = whyMissing(name, sources);
    return { plugins: [], missing: explanationOf(advice), advice };
  }
  const factsOf = factsOfPlugins(sources);
  const isShown = sources.config.dashboard.isEnabled; // then the page is where samples go to
  const isEnough = isShown && sources.sinks.length === 0;
  const ofSinks = isEnough ? [] : sinkReasons(sinkStatuses(sources), sources.nowMs / 1000, sources.commands);
  const plugins = selected.map((script) => {
    const detail = pluginDetail(factsOf(script));
    return { ...detail, reasons: [...detail.reasons, ...ofSinks] };
  });
  return { plugins, missing: null, advice: null };
}

function whyMissing(name: string, sources: StatusSources): Advice {
  const { config, scripts, suspension, directories, whyNoPlugin, commands } = sources;
  const { enabled, location } = config.scripts;
  if (!enabled && scripts.length === 0) {
    const sentence = 'scripts are not enabled; start the agent with -e, or set enabled = true under [scripts]';
    return { kind: 'scripts-disabled', sentence, commands: [] };
  }
  if (suspension !== null) {
    const { kind, sentence, commands } = suspensionReason(suspension, null);
    return { kind, sentence, commands };
  }
  const why = whyNoPlugin(name);
  if (why !== null) return why;
  const names = scripts.flatMap(({ plugin }) => [plugin.file, plugin.name]);
  const meant = closest(name, names);
  const places = [...(enabled ? [location] : []), ...directories.map((directory) => directory.location)];
  const sentence =
    places.length === 0 ? `there is no plugin ${name}` : `there is no script ${name} in ${places.join(' or ')}`;
  if (meant !== null) {
    const nearly = `${sentence}; the closest name is ${meant}`;
    return { kind: 'no-such-script', sentence: nearly, commands: [commands.status(meant)] };
  }
  if (!enabled) return { kind: 'no-such-script', sentence, commands: [] };
  const cure = `put one there with install -m 0700 SCRIPT ${typeable(location)}`;
  return { kind: 'no-such-script', sentence: `${sentence}; ${cure}`, commands: [] };
}

/** Returns the function that collects all that is known of a plugin. */
export function factsOfPlugins(sources: StatusSources): (script: JudgedScript) => PluginFacts {
  const { config, nowMs, nextTickAtS } = sources;
  const inFlight = new Map(sources.inFlight.map((entry) => [entry.file, entry]));
  return (script) => {
    const { plugin } = script;
    const settings = sources.settingsOf(config, plugin);
    const entry = inFlight.get(plugin.file);
    const { offsetMs, awaitedMs } = sources.momentOf(plugin);
    return {
      script,
      suspension: sources.suspensionOf(plugin),
      isEnabled: settings.enabled,
      section: sources.sectionOf(config.plugins, plugin),
      format: settings.format,
      facts: sources.view.runs(plugin.file),
      former: sources.lastRun(plugin.file),
      output: () => sources.output(plugin),
      settings: () => sources.shownSettings(config, plugin),
      currentRun: entry ? currentRun(entry) : null,
      leftBehind: sources.leftBehind(plugin.file),
      unloggedStderr: sources.unloggedStderr(plugin.file),
      shortage: sources.shortage,
      intervalS: settings.intervalS ?? config.reportIntervalS,
      muted: settings.mute !== null && isMutedNow(settings.mute, nowMs / 1000) ? settings.mute : null,
      cpuBusyPercent: sources.cpuBusyPercent,
      nextTickAtS: (nextTickAtS * 1000 + offsetMs) / 1000,
      nextDueAtS: (awaitedMs ?? sources.nextDueAtS(settings, nextTickAtS) * 1000 + offsetMs) / 1000,
      nowS: nowMs / 1000,
      commands: sources.commands,
    };
  };
}

function sinkStatuses({ sinks, view, commands }: StatusSources): readonly SinkStatus[] {
  return sinks.map((sink) => sinkStatus(sink, view.sink(sink.name), commands));
}

function sinkStatus(
  { name, address, waiting, oldestAtS, lost }: SinkInStatus,
  facts: SinkFacts,
  commands: OwnCommands,
): SinkStatus {
  const waitingSamples = waiting();
  return {
    name,
    address,
    state: facts.state,
    trouble: facts.trouble && explanationOf(facts.trouble),
    reason: reasonOfSink(name, facts, commands),
    troubleSinceS: facts.troubleSinceS,
    waitingSamples,
    oldestAtS: waitingSamples > 0 ? oldestAtS() : null,
    lastSentAtS: facts.lastSentAtS,
    sentSamples: facts.sentSamples,
    lostSamples: lost(),
    droppedSamples: facts.droppedSamples,
  };
}
