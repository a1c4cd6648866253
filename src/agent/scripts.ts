import { isEnabled, settingsOf } from '../config/plugin-settings.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import type { LaunchContext } from '../io/process/launch/launcher.ts';
import { createLauncher } from '../io/process/launch/launchers.ts';
import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import { isInScriptDirectory, type JudgedScript, type Plugin, type PluginFile } from '../model/plugin.ts';
import type { InFlightRun, Tick } from '../model/run.ts';
import { prepareDirectory } from '../plugins/directory.ts';
import { checkerOf, liveChecker } from '../plugins/permissions.ts';
import { PluginSources } from '../plugins/sources.ts';
import type { DirectoryState } from '../plugins/watched-directory.ts';
import { sharedEnvironment } from '../runner/invocation.ts';
import { OutputMemory } from '../runner/output-memory.ts';
import { AwaitedMoments } from '../scheduler/awaited-moments.ts';
import { isDue } from '../scheduler/due.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { momentOf } from '../scheduler/spread.ts';
import type { Store } from '../store/store.ts';
import type { View } from '../view/view.ts';
import type { OwnCommands } from '../words/own-command.ts';
import type { HeldDirectories } from './held-directories.ts';
import { formerRuns } from './leftover-runs.ts';
import { OtherAgent } from './other-agent.ts';
import { createPluginTrials, type PluginTrials } from './plugin-trials.ts';
import { createRunBounds, type RunBounds } from './run-bounds.ts';
import { createTickRuns, type RunDeps } from './runs.ts';
import { SampleBounds } from './sample-bounds.ts';
import { hostLoad, slotBounds } from './slot-bounds.ts';

/** The way in: the live plugins, and their runs, at ticks and in trials. */
export type Scripts = PluginTrials & {
  /** Starts watching, and reports which plugins are there. Resolves after the first scan. */
  begin(): Promise<void>;
  /** Scans all directories, and reports what changed. Null: that is done already. */
  look(): Promise<void> | null;
  /**
   * Queues the due plugins of the last scan, with `spread` each at its moment. Resolves when no
   * run of this tick holds a slot any more.
   */
  tick(tick: Tick, lastTickAtS: number): Promise<void>;
  /** Applies another configuration, which is in force already; `before` is the former one. */
  apply(before: Config): void;
  /** Every script of the last scan, accepted or not. */
  judged(): readonly JudgedScript[];
  /** Why no plugin of the script directory runs; null: they do. */
  suspension(): Advice<'directory-suspended'> | null;
  /** Why no plugin of the same directory runs; null: they do. */
  suspensionOf(plugin: Plugin): Advice<'directory-suspended'> | null;
  /** The directories of the configuration that are watched, beside the script directory. */
  directories(): readonly DirectoryState[];
  /** That a group can write a folder above the directory; null: none can. */
  exposure(): Advice<'group-writable'> | null;
  /** Why the name of a file is not a plugin; null: there is no such file. */
  whyNoPlugin(name: string): Advice | null;
  inFlight(): readonly InFlightRun[];
  /** How many runs may hold a slot now. */
  slots(): number;
  readonly bounds: Pick<RunBounds, 'leftBehind' | 'descriptors' | 'unloggedStderr'>;
  /**
   * With `spread`, the moment at which a plugin will run in this interval, in ms since the epoch;
   * null: it does not wait for one.
   */
  awaitedMs(file: PluginFile): number | null;
  /** Starts no more runs. Resolves when all running ones have ended, which may be never. */
  close(): Promise<void>;
  /**
   * Records the plugins that are still running, so that the next agent does not run them twice.
   */
  recordRunning(): void;
  /** Removes the idle FIFOs. */
  release(): Promise<void>;
};

/** What the stages of the way in need. `config` gives the configuration in force. */
export type ScriptsDeps = Pick<RunDeps, 'muninConfigs'> & {
  readonly config: () => Config;
  readonly store: Store;
  readonly outputs: OutputFiles;
  readonly pipeDir: string;
  readonly emit: Emit;
  /** Keeps other agents away from the plugins' directories. Links may lead elsewhere now. */
  readonly held: HeldDirectories;
  /** Gets the scripts in the directory after each scan. */
  readonly view: Pick<View, 'present'>;
  /** The names of the host's metrics, without the host in front. Never rejects. */
  readonly hostNames: () => Promise<ReadonlySet<string>>;
  readonly commands: OwnCommands;
};

/**
 * Why the script directory of a configuration can't be used, in one sentence; null: it can, or
 * scripts are not enabled. Makes the default directory if it is missing.
 */
export function unusableDirectory({ scripts }: Config, edges: Edges): string | null {
  if (!scripts.enabled) return null;
  return prepareDirectory(scripts, edges.files, checkerOf(edges.machine.uid, edges.platform, scripts.isStrict));
}

/** Joins watcher, scheduler and runs. */
export function createScripts(edges: Edges, deps: ScriptsDeps): Scripts {
  const { config, store, pipeDir, emit, held, view, commands } = deps;
  const { clock, processes, platform } = edges;
  const checker = liveChecker(edges.machine.uid, edges.platform, () => config().scripts.isStrict);
  const context = launchContext(edges, config());
  const launcher = createLauncher(platform, { ...context, pipeDir, clock, recordsRuns: true });
  const bounds = createRunBounds({ clock, launcher, config, emit });
  const memory = new OutputMemory();
  const sampleBounds = new SampleBounds(clock, () => config().bounds);
  const otherAgent = new OtherAgent(
    () => held.holdScripts(config().scripts),
    () => config().scripts.location,
    emit,
  );
  const moments = new AwaitedMoments<PluginFile>(clock);

  const runDeps = { ...deps, edges, launcher, memory, mayRun, sampleBounds, bounds };
  const sources = new PluginSources(edges, platform, {
    config,
    checker,
    emit: sampleBounds.watching(emit),
    onScan: onScanned,
    onReplaced: launcher.renew,
    held,
  });
  const startRun = createTickRuns(runDeps);
  const scheduler = new Scheduler({
    clock,
    isAlive: processes.isAlive,
    emit,
    slots: slotBounds(config(), edges),
    load: hostLoad(edges.hostFiles),
    get overdueAfterMs() {
      return config().overdueAfterMs;
    },
    untilRoom: launcher.untilRoom,
    startRun,
    recordRun: record,
    forgetRun: store.ended,
  });

  const trials = createPluginTrials({ ...deps, edges, launcher, memory, scheduler, sources, otherAgent });

  /** Lets the stages drop what they know of scripts that are gone. */
  function onScanned(present: ReadonlySet<PluginFile>) {
    for (const stage of [store, scheduler, view, sampleBounds]) stage.present(present);
  }

  /**
   * The last look, right before a run. A script that is not accepted any more is reported by the
   * scan that follows.
   */
  function mayRun(plugin: Plugin): boolean {
    if (otherAgent.suspension() !== null && isInScriptDirectory(plugin)) return false;
    const look = sources.lookAgain(plugin);
    if (look.kind === 'rejected' || look.kind === 'gone') void sources.rescan();
    return look.kind === 'accepted' && isEnabled(config(), plugin); // switched off while it waited
  }

  /**
   * Claims each plugin at its own moment, not at the tick: until then a trial may run it, and its
   * former run may end.
   */
  async function tickSpread(tick: Tick, due: readonly Plugin[]) {
    const { hostname, reportIntervalS } = config();
    const begin = (plugin: Plugin) => () => scheduler.tick(tick, [plugin]);
    await Promise.all(
      due.map((one) => moments.wait(one.file, momentOf(tick, reportIntervalS, hostname, one.name), begin(one))),
    );
  }

  /** Records a running plugin, so that a restarted agent does not run it twice. */
  function record(file: PluginFile, startedMs: number, runPid: number) {
    const process = processes.identify(runPid);
    if (process) store.began({ file, startedMs, process });
  }

  const isRunning = ({ state }: { readonly state: InFlightRun['state'] }) => state === 'running';

  return {
    begin() {
      const recorded = store.recorded().filter((run) => processes.isAlive(run.process));
      const known = new Set(recorded.map(({ file }) => file));
      const former = formerRuns(pipeDir, config(), clock.nowMs());
      scheduler.adopt([...store.recorded(), ...former.runs.filter(({ file }) => !known.has(file))]);
      bounds.begin(former);
      return sources.follow();
    },
    look() {
      otherAgent.look();
      bounds.look();
      return sources.rescan();
    },
    tick(tick, lastTickAtS) {
      const plugins = otherAgent.suspension() === null ? sources.runnable() : sources.runnableElsewhere();
      const atTick = plugins.filter((plugin) => isDue(settingsOf(config(), plugin), tick.atS, lastTickAtS));
      emit({ event: 'tick.started', atS: tick.atS, plugins: plugins.length, due: atTick.length });
      const due = bounds.runnable(atTick);
      if (config().spread) return tickSpread(tick, due);
      moments.drop(); // of an interval that was shortened
      return scheduler.tick(tick, due);
    },
    apply(before) {
      const after = config();
      scheduler.setSlots(slotBounds(after, edges));
      const context = launchContext(edges, after);
      if (JSON.stringify(context) !== JSON.stringify(launchContext(edges, before))) launcher.renew(context);
      const { enabled, location, isStrict } = after.scripts;
      if (isStrict !== before.scripts.isStrict) void sources.rescan();
      if (enabled !== before.scripts.enabled || location !== before.scripts.location) moments.drop();
      void sources.follow();
    },
    judged: () => sources.scripts(),
    suspension: () => otherAgent.suspension() ?? sources.suspension(),
    suspensionOf: (plugin) =>
      (isInScriptDirectory(plugin) ? otherAgent.suspension() : null) ?? sources.suspensionOf(plugin),
    exposure: () => sources.exposure(),
    directories: () => sources.directories(),
    whyNoPlugin: (name) => sources.whyNoPlugin(name, commands.status),
    inFlight: () => scheduler.inFlight(),
    slots: () => scheduler.slots(),
    bounds,
    awaitedMs: (file) => moments.untilMs(file),
    ...trials,
    close() {
      moments.drop();
      sources.close();
      return scheduler.close();
    },
    recordRunning() {
      const recorded = new Set(store.recorded().map(({ file }) => file));
      for (const { file, sinceMs, pid } of scheduler.inFlight().filter(isRunning))
        if (!recorded.has(file)) record(file, sinceMs, pid() ?? 0);
    },
    release: launcher.close,
  };
}

function launchContext(edges: Edges, config: Config): LaunchContext {
  const maxIdle = slotBounds(config, edges).least;
  return { cwd: config.scripts.location, env: sharedEnvironment(edges.env, config), maxIdle };
}
