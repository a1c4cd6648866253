import { settingsOf } from '../config/plugin-settings.ts';
import { annotate } from '../formats/annotate.ts';
import { exitStatesOf, type OutputFormat } from '../formats/formats.ts';
import { metricPrefix } from '../formats/native.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import { messageOf } from '../io/errors.ts';
import type { Launcher } from '../io/process/launch/launcher.ts';
import type { Advice } from '../model/advice.ts';
import type { AnnotatedOutput } from '../model/annotated.ts';
import type { Config, RunSettings } from '../model/config.ts';
import type { FormatName } from '../model/format.ts';
import type { Plugin } from '../model/plugin.ts';
import type { RunOutcome, Stdout } from '../model/run.ts';
import type { TrialEvent, TrialResult } from '../model/trial.ts';
import { noteOnScript, noteOnTrial } from '../plugins/script-notes.ts';
import { configInvocation, invocationOf } from '../runner/invocation.ts';
import type { OutputMemory } from '../runner/output-memory.ts';
import type { KeptPrevious } from '../runner/previous.ts';
import { type RunPlan, startRun } from '../runner/run.ts';
import type { StartedRun } from '../scheduler/scheduler-deps.ts';
import type { OwnCommands } from '../words/own-command.ts';
import { withMuninVariables } from './munin-environment.ts';
import { muninFormatAfter, onlyGauges, type ReadConfig, startAfterConfig } from './munin-run.ts';
import { checkStateOf, contextOf, hintedPlugin } from './read-output.ts';
import { runEdgesOf } from './runs.ts';

const shownLines = 10_000; // with their verdicts

/** What a trial runs with: the agent's own launcher and outputs, or those of a command. */
export type TrialDeps = {
  readonly edges: Edges;
  readonly launcher: Launcher;
  readonly outputs: OutputFiles;
  readonly memory: OutputMemory;
  readonly config: Config;
  readonly commands: Pick<OwnCommands, 'tryAs' | 'configFile'>;
};

/** What is tried. */
export type Trial = {
  readonly plugin: Plugin;
  /** What a person types to run it: its file name in the agent, else a path. */
  readonly script: string;
  /** The format that its output is read in; null: that of its settings. */
  readonly format: FormatName | null;
  /** What it is given of its last run; its file is removed in the end. */
  readonly previous: KeptPrevious;
  /** The folder for what Munin plugins keep. */
  readonly muninFolder: string;
  /** Asked between the two processes of a Munin plugin: false, the second must not begin. */
  readonly mayRun: () => boolean;
};

/**
 * Runs a plugin as at a tick and reports all of it; nothing is stored, sent or counted. `ended`
 * resolves, never rejects, once the last event was reported.
 */
export function beginTrial(deps: TrialDeps, trial: Trial, report: (event: TrialEvent) => void): StartedRun {
  const { edges, config } = deps;
  const { plugin, previous } = trial;
  report({ event: 'started' });
  const configured = settingsOf(config, plugin);
  const settings = trial.format === null ? configured : { ...configured, format: trial.format };
  const ready = withMuninVariables(plugin, settings, config, trial.muninFolder, edges.env);
  const stderr: string[] = [];
  const plan: RunPlan = {
    plugin,
    invocation: invocationOf(plugin, previous.lastRun, previous.stdinPath, ready),
    states: exitStatesOf(settings.format),
    maxOutputBytes: config.scripts.maxOutputBytes,
    onStderr: (text) => stderr.push(text),
  };
  const asked: { config: ReadConfig | null; isLast: boolean } = { config: null, isLast: true };
  const run =
    settings.format === 'munin'
      ? startAfterConfig(runEdgesOf(deps), plan, {
          mayRun: trial.mayRun,
          onConfig: (read) => {
            asked.config = read;
          },
          onSecond: () => {
            asked.isLast = false;
          },
        })
      : startRun(runEdgesOf(deps), plan);
  const ended = run.ended
    .then((outcome) => {
      const { config: read, isLast } = asked;
      const { args } = read !== null && isLast ? configInvocation(plan.invocation) : plan.invocation;
      const format = read === null ? settings.format : formatAfter(read, previous, deps.outputs, outcome);
      const result = { plan, settings, outcome, format, args, config: read, stderr };
      report({ event: 'ended', ...resultOf(deps, trial, result) });
    })
    .finally(() => previous.remove());
  return { pid: run.pid, ended };
}

function formatAfter(
  read: ReadConfig,
  { lastRun }: KeptPrevious,
  outputs: OutputFiles,
  { endedAtS }: RunOutcome,
): OutputFormat {
  return muninFormatAfter(read.ok ? read.value : onlyGauges, lastRun, outputs, endedAtS);
}

/** A trial that is over. `config` null: it was not asked what its fields are. */
type EndedTrial = {
  readonly plan: RunPlan;
  readonly settings: RunSettings;
  readonly outcome: RunOutcome;
  readonly format: OutputFormat;
  readonly args: readonly string[];
  readonly config: ReadConfig | null;
  readonly stderr: readonly string[];
};

function resultOf(deps: TrialDeps, { plugin, script, previous }: Trial, trial: EndedTrial): TrialResult {
  const { edges, outputs, config, commands } = deps;
  const { plan, settings, outcome, format, args, stderr } = trial;
  const { pid, ending, failure, endedAtS, durationMs, cpuS, peakMemoryBytes, droppedBytes } = outcome;
  const { bytes, outputLost } = takeWhole(outcome.stdout, outputs);
  const context = contextOf(plugin, settings, outcome, config.hostname);
  const hinted = hintedPlugin(plugin, settings, config, commands, script);
  const output = annotate(bytes, context, shownLines, hinted, format);
  const ofConfig = trial.config === null || trial.config.ok ? [] : [trial.config.error];
  return {
    file: plugin.file,
    prefix: metricPrefix(config.hostname, plugin.name),
    args,
    stdinBytes: plan.invocation.stdinPath === null ? 0 : (previous.lastRun?.output?.sizeBytes ?? 0),
    pid,
    ending,
    failure,
    notes: [...ofConfig, ...notesOn(plugin, failure, edges)],
    endedAtS,
    durationMs,
    cpuS,
    peakMemoryBytes,
    stdout: bytes.toString('base64'),
    droppedBytes,
    outputLost: outcome.outputLost ?? outputLost,
    output,
    ...(settings.format === 'native' ? {} : { foreign: foreignResult(output, trial) }),
    stderr,
  };
}

/** What only a run in another format than the agent's own has; nothing is read of a failed one. */
function foreignResult(
  { message, notFinite }: AnnotatedOutput,
  { settings, outcome }: EndedTrial,
): NonNullable<TrialResult['foreign']> {
  const isRead = outcome.failure === null;
  return {
    format: settings.format,
    message: isRead ? (message ?? null) : null,
    notFinite: isRead ? (notFinite ?? 0) : 0,
    checkState: checkStateOf(settings, outcome),
  };
}

/** What is said of the script beside how its run ended, and not a second time. */
function notesOn({ path }: Plugin, failure: RunOutcome['failure'], { files, platform }: Edges): readonly Advice[] {
  const note = platform === 'win32' ? null : (failure === null ? noteOnTrial : noteOnScript)(files, path);
  return note === null || note.kind === failure?.kind ? [] : [note];
}

/**
 * All bytes of an output, whose file is removed; no bytes, and why, where it can't be read now.
 */
function takeWhole(
  stdout: Stdout,
  outputs: OutputFiles,
): { readonly bytes: Buffer; readonly outputLost: string | null } {
  if (stdout.kind === 'bytes') return { bytes: Buffer.from(stdout.bytes), outputLost: null };
  try {
    // Copies: a chunk is overwritten by the next
    const chunks = Array.from(outputs.chunks(stdout.name), (chunk) => new Uint8Array(chunk));
    return { bytes: Buffer.concat(chunks), outputLost: null };
  } catch (error) {
    return { bytes: Buffer.alloc(0), outputLost: messageOf(error) };
  } finally {
    outputs.remove(stdout.name);
  }
}
