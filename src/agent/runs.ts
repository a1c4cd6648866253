import { settingsOf } from '../config/plugin-settings.ts';
import { exitStatesOf } from '../formats/formats.ts';
import { mayBeHostMetrics } from '../host/names.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import type { Launcher } from '../io/process/launch/launcher.ts';
import { atOnce, inSteps } from '../io/walk.ts';
import type { RunSettings } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Plugin, PluginFile } from '../model/plugin.ts';
import type { OutputSummary } from '../model/run.ts';
import { statusOf } from '../runner/ending.ts';
import { invocationOf } from '../runner/invocation.ts';
import type { OutputMemory } from '../runner/output-memory.ts';
import { type Run, type RunEdges, type RunPlan, startRun } from '../runner/run.ts';
import type { StartedRun } from '../scheduler/scheduler-deps.ts';
import type { Store } from '../store/store.ts';
import type { MuninConfigs } from './munin-configs.ts';
import { muninStateFolder, withMuninVariables } from './munin-environment.ts';
import { muninFormatAfter } from './munin-run.ts';
import { MuninRuns } from './munin-runs.ts';
import { checkStateOf, looksLike, type ReadDeps, type ReadOutput, type RunToRead, readWalk } from './read-output.ts';
import type { RunBounds } from './run-bounds.ts';

/** What the runs of ticks are joined to. `config` gives the configuration in force. */
export type RunDeps = ReadDeps & {
  readonly edges: Pick<Edges, 'clock' | 'files' | 'processes' | 'env'>;
  readonly launcher: Launcher;
  readonly outputs: OutputFiles;
  readonly memory: OutputMemory;
  readonly store: Pick<Store, 'lastRun' | 'stdinPath' | 'finished' | 'began'>;
  readonly muninConfigs: MuninConfigs;
  readonly emit: Emit;
  /** A last look at the script; false: it must not run now, and the reason was reported. */
  readonly mayRun: (plugin: Plugin) => boolean;
  /**
   * The names of the host's metrics, without the host in front. Asked while host metrics are on.
   * Never rejects.
   */
  readonly hostNames: () => Promise<ReadonlySet<string>>;
  readonly bounds: Pick<RunBounds, 'allowsStderr'>;
};

const neverBegan: StartedRun = { pid: () => null, ended: Promise.resolve() };

/**
 * Runs a plugin of a tick, from the last look at its script to its samples in the store: joins
 * runner, formats and store. `ended` of what comes back resolves, never rejects, once the process
 * has ended and its run was handed to the store.
 */
export function createTickRuns(deps: RunDeps): (plugin: Plugin) => StartedRun {
  const { edges, config, store, muninConfigs, emit, mayRun } = deps;
  const runEdges = runEdgesOf(deps);
  const munin = new MuninRuns({
    edges: runEdges,
    files: edges.files,
    configs: muninConfigs,
    emit,
    onSecond: recordSecond,
  });

  /** A record of the run, if there is one, names its first process, which has ended. */
  function recordSecond(file: PluginFile, { pid }: Run) {
    const second = pid();
    const process = second === null ? null : edges.processes.identify(second);
    if (process !== null) store.began({ file, startedMs: edges.clock.nowMs(), process });
  }

  return (plugin) => {
    const { file } = plugin;
    if (!mayRun(plugin)) return neverBegan;
    emit({ event: 'run.started', plugin: file });
    const settings = settingsOf(config(), plugin);
    const { format } = settings;
    const plan = planOf(plugin, settings, deps);
    if (format !== 'munin') {
      const run = startRun(runEdges, plan);
      return { pid: run.pid, ended: run.ended.then((outcome) => finish({ plugin, settings, outcome, format }, deps)) };
    }
    const run = munin.start(plan, () => mayRun(plugin));
    const ended = run.ended.then((outcome) => {
      const reader = muninFormatAfter(muninConfigs.configOf(file), store.lastRun(file), deps.outputs, outcome.endedAtS);
      return finish({ plugin, settings, outcome, format: reader }, deps);
    });
    return { pid: run.pid, ended };
  };
}

function planOf(plugin: Plugin, settings: RunSettings, { config, store, emit, bounds, edges }: RunDeps): RunPlan {
  const { file } = plugin;
  const inForce = config();
  const [last, stdinPath] = settings.format === 'native' ? [store.lastRun(file), store.stdinPath(file)] : [null, null];
  const ready =
    settings.format === 'munin'
      ? withMuninVariables(plugin, settings, inForce, muninStateFolder(inForce.stateDir), edges.env)
      : settings;
  return {
    plugin,
    invocation: invocationOf(plugin, last, stdinPath, ready),
    states: exitStatesOf(settings.format),
    maxOutputBytes: inForce.scripts.maxOutputBytes,
    onStderr(text, pid) {
      const line = { event: 'run.stderr', plugin: file, pid, text } as const;
      emit(bounds.allowsStderr(file, text) ? line : { ...line, isUnlogged: true });
    },
  };
}

/** What every run needs of the machine, whether it belongs to a tick or is a trial. */
export function runEdgesOf(
  deps: Pick<RunDeps, 'launcher' | 'outputs' | 'memory'> & { readonly edges: Pick<Edges, 'clock' | 'files'> },
): RunEdges {
  const { edges, launcher, outputs, memory } = deps;
  const firstLine = (path: string) => edges.files.head(path, 4096)?.split('\n')[0] ?? null;
  return { clock: edges.clock, launcher, outputs, memory, firstLine };
}

/**
 * Only a plugin whose metrics can have the names of host metrics waits for these, and only a long
 * output is read in several steps: the run is still in flight meanwhile.
 */
function finish(run: RunToRead, deps: RunDeps): Promise<void> | void {
  const { plugin, outcome, settings } = run;
  const isLookedAt = outcome.failure === null && deps.config().hostMetrics;
  const mayCollide = isLookedAt && (settings.keepNames || mayBeHostMetrics(plugin.name));
  if (!mayCollide && outcome.stdout.kind === 'bytes') return finished(run, deps, atOnce(readWalk(run, deps, null)));
  const names = mayCollide ? deps.hostNames() : Promise.resolve(null);
  return names.then((known) => inSteps(readWalk(run, deps, known))).then((read) => finished(run, deps, read));
}

function finished(run: RunToRead, deps: RunDeps, read: ReadOutput): void {
  const { outputs, store, emit } = deps;
  const { plugin, outcome, settings } = run;
  const { file } = plugin;
  const { pid, ending, failure, endedAtS, durationMs, cpuS, peakMemoryBytes, stdout, droppedBytes } = outcome;
  const status = statusOf(ending);
  const { summary, samples: sent, taken, leftOut } = read;
  const completed = status === null ? null : { endedAtS, status, stdout };
  store.finished({ file, completed, samples: sent });
  if (completed === null && stdout.kind === 'file') outputs.remove(stdout.name);
  const { samples, badLines, unendedBytes, notFinite, message } = summary?.ok ? summary.value : nothingRead;
  emit({
    event: 'run.finished',
    plugin: file,
    pid,
    ending,
    failure,
    durationMs,
    cpuS,
    peakMemoryBytes,
    isOutputRead: summary?.ok ?? false,
    samples: samples - (taken?.count ?? 0) - (leftOut ? leftOut.beyond + leftOut.newNames : 0),
    badLines: badLines.count,
    firstBadLines: badLines.count === 0 ? nothingRead.badLines.first : badLines.first, // one list for all good runs
    looksLike: looksLike(run, samples, badLines.first, deps),
    unendedBytes,
    notFinite,
    message,
    checkState: checkStateOf(settings, outcome),
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
