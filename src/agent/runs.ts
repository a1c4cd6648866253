import { settingsOf } from '../config/plugin-settings.ts';
import { metricPrefix, type OutputReader, readerOf } from '../formats/native.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import { messageOf } from '../io/errors.ts';
import type { Launcher } from '../io/process/launch/launcher.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Plugin } from '../model/plugin.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { OutputSummary, RunOutcome } from '../model/run.ts';
import { statusOf } from '../runner/ending.ts';
import { invocationOf } from '../runner/invocation.ts';
import { type RunEdges, startRun } from '../runner/run.ts';
import type { StartedRun } from '../scheduler/scheduler-deps.ts';
import type { Store } from '../store/store.ts';

/** What the runs of ticks are joined to. `config` gives the configuration in force. */
export type RunDeps = {
  readonly edges: Pick<Edges, 'clock' | 'files'>;
  readonly launcher: Launcher;
  readonly outputs: OutputFiles;
  readonly config: () => Config;
  readonly store: Pick<Store, 'lastRun' | 'stdinPath' | 'finished'>;
  readonly emit: Emit;
  /** A last look at the script; false: it must not run now, and the reason was reported. */
  readonly mayRun: (plugin: Plugin) => boolean;
};

const neverBegan: StartedRun = { pid: () => null, ended: Promise.resolve() };

/**
 * Runs a plugin of a tick, from the last look at its script to its samples in the store: joins
 * runner, formats and store. `ended` of what comes back resolves, never rejects, once the process
 * has ended and its run was handed to the store.
 */
export function createTickRuns(deps: RunDeps): (plugin: Plugin) => StartedRun {
  const { config, store, emit, mayRun } = deps;
  const runEdges = runEdgesOf(deps);
  return (plugin) => {
    const { file } = plugin;
    if (!mayRun(plugin)) return neverBegan;
    emit({ event: 'run.started', plugin: file });
    const { plugins, scripts } = config();
    const { env } = settingsOf(plugins, plugin);
    const run = startRun(runEdges, {
      plugin,
      invocation: invocationOf(plugin, store.lastRun(file), store.stdinPath(file), env),
      maxOutputBytes: scripts.maxOutputBytes,
      onStderr: (text, pid) => emit({ event: 'run.stderr', plugin: file, pid, text }),
    });
    return { pid: run.pid, ended: run.ended.then((outcome) => finish(plugin, outcome, deps)) };
  };
}

/** What every run needs of the machine, whether it belongs to a tick or is a trial. */
export function runEdgesOf({ edges, launcher, outputs }: Pick<RunDeps, 'edges' | 'launcher' | 'outputs'>): RunEdges {
  const firstLine = (path: string) => edges.files.head(path, 4096)?.split('\n')[0] ?? null;
  return { clock: edges.clock, launcher, outputs, firstLine };
}

function finish(plugin: Plugin, outcome: RunOutcome, { config, outputs, store, emit }: RunDeps): void {
  const { file, name } = plugin;
  const { pid, ending, failure, endedAtS, durationMs, stdout, droppedBytes } = outcome;
  const status = statusOf(ending);
  const context = { prefix: metricPrefix(config().hostname, name), endedAtS, truncated: droppedBytes > 0 };
  const output = failure === null ? readerOf(stdout, outputs.chunks, context) : null;
  const summary = output && summarized(output);
  const completed = status === null ? null : { endedAtS, status, stdout };
  store.finished({ file, completed, samples: output?.all ?? [] });
  if (completed === null && stdout.kind === 'file') outputs.remove(stdout.name);
  const { samples, badLines } = summary?.ok ? summary.value : nothingRead;
  emit({
    event: 'run.finished',
    plugin: file,
    pid,
    ending,
    failure,
    durationMs,
    isOutputRead: summary?.ok ?? false,
    samples,
    badLines: badLines.count,
    firstBadLines: badLines.count === 0 ? nothingRead.badLines.first : badLines.first, // one list for all good runs
    outputBytes: (stdout.kind === 'file' ? stdout.sizeBytes : stdout.bytes.length) + droppedBytes,
    droppedBytes,
    outputLost: outcome.outputLost ?? (summary && !summary.ok ? summary.error : null),
  });
}

const nothingRead: OutputSummary = { samples: 0, badLines: { count: 0, first: [] } };

/** An output that can't be read now is read again when its samples are stored. */
function summarized(output: OutputReader): Result<OutputSummary, string> {
  try {
    return ok(output.summarize());
  } catch (error) {
    return err(`its samples could not be counted: ${messageOf(error)}`);
  }
}
