import { settingsSection } from '../config/plugin-settings.ts';
import type { OutputContext } from '../formats/format.ts';
import type { OutputFormat } from '../formats/formats.ts';
import { formatHint, type HintedPlugin, hintOnCheck } from '../formats/hints.ts';
import { metricPrefix, readWhole } from '../formats/native.ts';
import { readerOf } from '../formats/reader.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { BadLine } from '../model/bad-line.ts';
import type { Config, RunSettings } from '../model/config.ts';
import type { RunFinishedEvent } from '../model/event.ts';
import { type CheckState, checkStates } from '../model/format.ts';
import type { Plugin } from '../model/plugin.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { LeftOutSamples, OutputSummary, RunOutcome, Stdout, TakenByHost } from '../model/run.ts';
import { type SampleSource, unixSeconds } from '../model/sample.ts';
import type { Walk } from '../model/walk.ts';
import type { OwnCommands } from '../words/own-command.ts';
import { takenByHost, withoutHostMetrics } from './host-collisions.ts';
import type { SampleBounds } from './sample-bounds.ts';

/** A run that has ended, with the settings that it began with, and how its output is read. */
export type RunToRead = {
  readonly plugin: Plugin;
  readonly settings: RunSettings;
  readonly outcome: RunOutcome;
  readonly format: OutputFormat;
};

/** What is made of an output at the end of a run. `error`: why it can't be read now. */
export type ReadOutput = {
  readonly summary: Result<OutputSummary, string> | null;
  readonly samples: SampleSource;
  readonly taken: TakenByHost | null;
  readonly leftOut: LeftOutSamples | null;
};

/** What reading needs of the agent. `config` gives the configuration in force. */
export type ReadDeps = {
  readonly outputs: Pick<OutputFiles, 'chunks'>;
  readonly config: () => Config;
  readonly sampleBounds: SampleBounds;
  readonly commands: OwnCommands;
};

const longestCheckOutput = 4096; // in bytes: of a longer one, the first are looked at, or none if it failed

/**
 * Reads the output of a run that did not fail. `names` are those of the host's metrics, which are
 * left out; null: the plugin can have none of them.
 */
export function* readWalk(
  { plugin, settings, outcome, format }: RunToRead,
  { config, outputs, sampleBounds }: ReadDeps,
  names: ReadonlySet<string> | null,
): Walk<ReadOutput> {
  if (outcome.failure !== null) return { summary: null, samples: [], taken: null, leftOut: null };
  const { hostname } = config();
  const output = readerOf(outcome.stdout, outputs.chunks, contextOf(plugin, settings, outcome, hostname), format);
  const host = names && { hostname, names };
  const samples = host ? withoutHostMetrics(output.all, host) : output.all;
  try {
    const summary = yield* output.summary();
    const taken = host && (yield* takenByHost(output.all, host));
    const count = summary.samples - (taken?.count ?? 0);
    const { samples: sent, leftOut } = yield* sampleBounds.bound(plugin.file, samples, count);
    return { summary: ok(summary), samples: sent, taken, leftOut };
  } catch (error) {
    // It is read again when its samples are stored
    const summary = err(`its samples could not be counted: ${messageOf(error)}`);
    return { summary, samples: sampleBounds.first(samples), taken: null, leftOut: null };
  }
}

/** Whether the names that a plugin prints are sent as they are, without host and plugin. */
export function keepsNames({ format, keepNames }: Pick<RunSettings, 'format' | 'keepNames'>): boolean {
  return keepNames && format === 'graphite';
}

/** What a reader must know of the run that an output comes from. `status` null: not known. */
export function contextOf(
  { name }: Pick<Plugin, 'name'>,
  settings: Pick<RunSettings, 'format' | 'keepNames'>,
  run: Pick<RunOutcome, 'endedAtS' | 'droppedBytes' | 'ending'>,
  hostname: string,
): OutputContext {
  const isKept = keepsNames(settings);
  const prefix = isKept ? '' : metricPrefix(hostname, name);
  const status = run.ending.kind === 'exited' ? run.ending.status : 0;
  const [endedAtS, truncated] = [unixSeconds(run.endedAtS), run.droppedBytes > 0];
  return { prefix, endedAtS, truncated, status, plugin: isKept ? undefined : name };
}

/** The state that a run's exit status is, if it is one of a Nagios check; null: it is none. */
export function checkStateOf(
  { format }: Pick<RunSettings, 'format'>,
  { ending, failure }: Pick<RunOutcome, 'ending' | 'failure'>,
): CheckState | null {
  if (format !== 'nagios' || failure !== null || ending.kind !== 'exited') return null;
  return checkStates[ending.status] ?? null;
}

/**
 * What a hint on the output of a plugin must know of it. `script` is what a person types to run
 * it.
 */
export function hintedPlugin(
  plugin: Plugin,
  { format }: Pick<RunSettings, 'format'>,
  { plugins }: Pick<Config, 'plugins'>,
  { tryAs, configFile }: Pick<OwnCommands, 'tryAs' | 'configFile'>,
  script: string = plugin.file,
): HintedPlugin {
  const { path } = plugin;
  return {
    path,
    format,
    section: settingsSection(plugins, plugin),
    configFile,
    tryAs: (other) => tryAs(script, other),
  };
}

/**
 * What another format an output looks like; null: none. In a format of another system, only an
 * output is looked at that gave no sample, or no more than a check's state. `first`: its first bad
 * lines.
 */
export function looksLike(
  run: RunToRead,
  samples: number,
  first: readonly BadLine[],
  { config, commands }: Pick<ReadDeps, 'config' | 'commands'>,
): RunFinishedEvent['looksLike'] {
  const { plugin, settings, outcome } = run;
  const isStateAlone = settings.format === 'nagios' && samples === 1;
  const isRead = first.length === 0 || (settings.format !== 'native' && samples > 0);
  if (outcome.failure === null && isRead && !isStateAlone) return null;
  const hinted = hintedPlugin(plugin, settings, config(), commands);
  if (outcome.failure === null && isStateAlone) return hintOnCheck(firstLinesOf(outcome.stdout), hinted);
  return outcome.failure === null ? formatHint(first, hinted) : hintOnFailed(run, hinted, config());
}

/** The lines that a short output begins with. */
function firstLinesOf(stdout: Stdout): readonly string[] {
  if (stdout.kind === 'file') return [];
  return Buffer.from(stdout.bytes.subarray(0, longestCheckOutput)).toString('utf8').split('\n');
}

/**
 * What a failed run printed, if that is how checks of Nagios or Checkmk report a state: with exit
 * status 1 to 3. Null: it is not.
 */
function hintOnFailed(
  { plugin, settings, outcome }: RunToRead,
  hinted: HintedPlugin,
  { hostname }: Config,
): RunFinishedEvent['looksLike'] {
  const { ending, stdout } = outcome;
  if (ending.kind !== 'exited' || ending.status < 1 || ending.status > 3) return null;
  if (stdout.kind !== 'bytes' || stdout.bytes.length > longestCheckOutput) return null;
  const context = contextOf(plugin, settings, outcome, hostname);
  const hint = formatHint(readWhole(stdout.bytes, context).summary.badLines.first, hinted);
  return hint?.kind === 'nagios' || hint?.kind === 'checkmk' ? hint : null;
}
