import { settingsOf } from '../config/plugin-settings.ts';
import { formatHint } from '../formats/hints.ts';
import { metricPrefix, readWhole } from '../formats/native.ts';
import { readerOf } from '../formats/reader.ts';
import { mayBeHostMetrics } from '../host/names.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import { messageOf } from '../io/errors.ts';
import type { Launcher } from '../io/process/launch/launcher.ts';
import { atOnce, inSteps } from '../io/walk.ts';
import type { Config } from '../model/config.ts';
import type { Emit, RunFinishedEvent } from '../model/event.ts';
import type { Plugin } from '../model/plugin.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { LeftOutSamples, OutputSummary, RunOutcome, TakenByHost } from '../model/run.ts';
import type { SampleSource } from '../model/sample.ts';
import type { Walk } from '../model/walk.ts';
import { statusOf } from '../runner/ending.ts';
import { invocationOf } from '../runner/invocation.ts';
import type { OutputMemory } from '../runner/output-memory.ts';
import { type RunEdges, startRun } from '../runner/run.ts';
import type { StartedRun } from '../scheduler/scheduler-deps.ts';
import type { Store } from '../store/store.ts';
import { takenByHost, withoutHostMetrics } from './host-collisions.ts';
import type { RunBounds } from './run-bounds.ts';
import type { SampleBounds } from './sample-bounds.ts';

/** What the runs of ticks are joined to. `config` gives the configuration in force. */
export type RunDeps = {
  readonly edges: Pick<Edges, 'clock' | 'files'>;
  readonly launcher: Launcher;
  readonly outputs: OutputFiles;
  readonly memory: OutputMemory;
  readonly config: () => Config;
  readonly store: Pick<Store, 'lastRun' | 'stdinPath' | 'finished'>;
  readonly emit: Emit;
  /** A last look at the script; false: it must not run now, and the reason was reported. */
  readonly mayRun: (plugin: Plugin) => boolean;
  /**
   * The names of the host's metrics, without the host in front. Asked while host metrics are on.
   * Never rejects.
   */
  readonly hostNames: () => Promise<ReadonlySet<string>>;
  readonly sampleBounds: SampleBounds;
  readonly bounds: Pick<RunBounds, 'allowsStderr'>;
};

const longestCheckOutput = 4096; // of a failed run that is looked at

const neverBegan: StartedRun = { pid: () => null, ended: Promise.resolve() };

/**
 * Runs a plugin of a tick, from the last look at its script to its samples in the store: joins
 * runner, formats and store. `ended` of what comes back resolves, never rejects, once the process
 * has ended and its run was handed to the store.
 */
export function createTickRuns(deps: RunDeps): (plugin: Plugin) => StartedRun {
  const { config, store, emit, mayRun, bounds } = deps;
  const runEdges = runEdgesOf(deps);
  return (plugin) => {
    const { file } = plugin;
    if (!mayRun(plugin)) return neverBegan;
    emit({ event: 'run.started', plugin: file });
    const inForce = config();
    const { env } = settingsOf(inForce, plugin);
    const run = startRun(runEdges, {
      plugin,
      invocation: invocationOf(plugin, store.lastRun(file), store.stdinPath(file), env),
      maxOutputBytes: inForce.scripts.maxOutputBytes,
      onStderr(text, pid) {
        const line = { event: 'run.stderr', plugin: file, pid, text } as const;
        emit(bounds.allowsStderr(file, text) ? line : { ...line, isUnlogged: true });
      },
    });
    return { pid: run.pid, ended: run.ended.then((outcome) => finish(plugin, outcome, deps)) };
  };
}

/** What every run needs of the machine, whether it belongs to a tick or is a trial. */
export function runEdgesOf(deps: Pick<RunDeps, 'edges' | 'launcher' | 'outputs' | 'memory'>): RunEdges {
  const { edges, launcher, outputs, memory } = deps;
  const firstLine = (path: string) => edges.files.head(path, 4096)?.split('\n')[0] ?? null;
  return { clock: edges.clock, launcher, outputs, memory, firstLine };
}

/** What is made of an output at the end of a run. `error`: why it can't be read now. */
type ReadOutput = {
  readonly summary: Result<OutputSummary, string> | null;
  readonly samples: SampleSource;
  readonly taken: TakenByHost | null;
  readonly leftOut: LeftOutSamples | null;
};

/**
 * Only a plugin whose metrics can have the names of host metrics waits for these, and only a long
 * output is read in several steps: the run is still in flight meanwhile.
 */
function finish(plugin: Plugin, outcome: RunOutcome, deps: RunDeps): Promise<void> | void {
  const mayCollide = outcome.failure === null && deps.config().hostMetrics && mayBeHostMetrics(plugin.name);
  if (!mayCollide && outcome.stdout.kind === 'bytes')
    return finished(plugin, outcome, deps, atOnce(readWalk(plugin, outcome, deps, null)));
  const names = mayCollide ? deps.hostNames() : Promise.resolve(null);
  return names
    .then((known) => inSteps(readWalk(plugin, outcome, deps, known)))
    .then((read) => finished(plugin, outcome, deps, read));
}

function finished(plugin: Plugin, outcome: RunOutcome, deps: RunDeps, read: ReadOutput): void {
  const { outputs, store, emit } = deps;
  const { file } = plugin;
  const { pid, ending, failure, endedAtS, durationMs, stdout, droppedBytes } = outcome;
  const status = statusOf(ending);
  const { summary, samples: sent, taken, leftOut } = read;
  const completed = status === null ? null : { endedAtS, status, stdout };
  store.finished({ file, completed, samples: sent });
  if (completed === null && stdout.kind === 'file') outputs.remove(stdout.name);
  const { samples, badLines, unendedBytes } = summary?.ok ? summary.value : nothingRead;
  emit({
    event: 'run.finished',
    plugin: file,
    pid,
    ending,
    failure,
    durationMs,
    isOutputRead: summary?.ok ?? false,
    samples: samples - (taken?.count ?? 0) - (leftOut ? leftOut.beyond + leftOut.newNames : 0),
    badLines: badLines.count,
    firstBadLines: badLines.count === 0 ? nothingRead.badLines.first : badLines.first, // one list for all good runs
    looksLike: failure ? hintOnFailed(plugin, outcome, deps.config()) : formatHint(badLines.first, plugin.path),
    unendedBytes,
    takenByHost: taken,
    leftOut,
    outputBytes: (stdout.kind === 'file' ? stdout.sizeBytes : stdout.bytes.length) + droppedBytes,
    droppedBytes,
    outputLost: outcome.outputLost ?? (summary && !summary.ok ? summary.error : null),
  });
}

const nothingRead: OutputSummary = {
  samples: 0,
  badLines: { count: 0, first: [] },
  unendedBytes: 0,
  notFinite: 0,
  message: null,
};

function* readWalk(
  { file, name }: Plugin,
  { failure, endedAtS, droppedBytes, stdout }: RunOutcome,
  { config, outputs, sampleBounds }: RunDeps,
  names: ReadonlySet<string> | null,
): Walk<ReadOutput> {
  if (failure !== null) return { summary: null, samples: [], taken: null, leftOut: null };
  const { hostname } = config();
  const context = { prefix: metricPrefix(hostname, name), endedAtS, truncated: droppedBytes > 0 };
  const output = readerOf(stdout, outputs.chunks, context, 'native');
  const host = names && { hostname, names };
  const samples = host ? withoutHostMetrics(output.all, host) : output.all;
  try {
    const summary = yield* output.summary();
    const taken = host && (yield* takenByHost(output.all, host));
    const bounded = yield* sampleBounds.bound(file, samples, summary.samples - (taken?.count ?? 0));
    return { summary: ok(summary), taken, ...bounded };
  } catch (error) {
    // It is read again when its samples are stored
    const summary = err(`its samples could not be counted: ${messageOf(error)}`);
    return { summary, samples: sampleBounds.first(samples), taken: null, leftOut: null };
  }
}

/**
 * What a failed run printed, if that is how checks of Nagios or Checkmk report a state: with exit
 * status 1 to 3. Null: it is not.
 */
function hintOnFailed(
  { name, path }: Plugin,
  outcome: RunOutcome,
  { hostname }: Config,
): RunFinishedEvent['looksLike'] {
  const { ending, endedAtS, droppedBytes, stdout } = outcome;
  if (ending.kind !== 'exited' || ending.status < 1 || ending.status > 3) return null;
  if (stdout.kind !== 'bytes' || stdout.bytes.length > longestCheckOutput) return null;
  const context = { prefix: metricPrefix(hostname, name), endedAtS, truncated: droppedBytes > 0 };
  const hint = formatHint(readWhole(stdout.bytes, context).summary.badLines.first, path);
  return hint?.kind === 'nagios' || hint?.kind === 'checkmk' ? hint : null;
}
