import type { Edges } from './io/edges.ts';
import type { KeptFiles } from './io/files.ts';
import { createLanes } from './io/lanes.ts';
import type { LaunchContext, Launcher } from './io/launcher.ts';
import { createSpawner } from './io/spawn.ts';
import { type Config, isDue, settingsOf } from './model/config.ts';
import type { Emit } from './model/event.ts';
import type { JudgedScript, Plugin, PluginFile } from './model/plugin.ts';
import type { Tick } from './model/run.ts';
import { samplesOf, summarize } from './parser/output.ts';
import { prepareDirectory } from './plugins/directory.ts';
import type { Checker } from './plugins/permissions.ts';
import { type PluginWatcher, startPluginWatcher } from './plugins/watcher.ts';
import { sharedEnvironment } from './runner/invocation.ts';
import { createRunner } from './runner/runner.ts';
import type { InFlightEntry } from './scheduler/in-flight.ts';
import { createScheduler } from './scheduler/scheduler.ts';
import type { Store } from './store/store.ts';

/** The way in: the live directory, and the runs of its plugins. */
export type Scripts = {
  /** Begins to watch, and tells what is there. */
  begin(): void;
  /** Looks at the directory, and tells what changed. */
  look(): void;
  /** Queues what is due of what the last look found. Resolves when no run of this tick holds a slot any more. */
  tick(tick: Tick, lastTickAtS: number): Promise<void>;
  /** Goes on with another configuration, which is in force already; `before` is the one that was. */
  apply(before: Config): void;
  /** Every script of the last scan, accepted or not. */
  judged(): readonly JudgedScript[];
  suspension(): string | null;
  whyNoPlugin(entry: string): string | null;
  inFlight(): readonly Readonly<InFlightEntry>[];
  /** No run begins any more. Resolves when all that run have ended, which may be never. */
  close(): Promise<void>;
  /** Records what still runs, so that the next agent does not double it. */
  recordRunning(): void;
  /** Lets the idle shells end. */
  release(): Promise<void>;
};

/** What the scripts' stages are joined to. `config` gives the one in force. */
export type ScriptsLinks = {
  readonly config: () => Config;
  readonly store: Store;
  readonly outputs: KeptFiles;
  readonly pipeDir: string;
  readonly emit: Emit;
  /** Which scripts there are, after each scan. */
  readonly onScan: (files: readonly PluginFile[]) => void;
};

/** Who looks at permissions on this machine. */
export function checkerOf({ machine, platform }: Pick<Edges, 'machine' | 'platform'>): Checker {
  return { uid: machine.uid ?? 0, checksModes: platform !== 'win32' };
}

/** Why the script directory of a configuration can't be used, in one sentence; null: it can, or scripts are not enabled. Makes the default one. */
export function unusableDirectory({ scripts }: Config, edges: Edges): string | null {
  return scripts.enabled ? prepareDirectory(scripts, edges.files, checkerOf(edges)) : null;
}

/** Joins watcher, scheduler, runner and parser. */
export function createScripts(edges: Edges, { config, store, outputs, pipeDir, emit, onScan }: ScriptsLinks): Scripts {
  const { clock, files, processes } = edges;
  const checker = checkerOf(edges);
  const launcher = createLauncher(edges, launchContext(edges, config()), pipeDir);
  let watcher: PluginWatcher | null = null;
  let plugins: readonly Plugin[] = []; // that may run, by the last look

  const runner = createRunner(
    { clock, launcher, outputs },
    {
      get maxOutputBytes() {
        return config().scripts.maxOutputBytes;
      },
      emit,
    },
    {
      mayRun,
      lastRun: store.lastRun,
      stdinPath: store.stdinPath,
      ownEnv: (plugin) => settingsOf(config().plugins, plugin).env,
      firstLine: (path) => files.head(path, 4096)?.split('\n')[0] ?? null,
      readOutput(stdout, plugin, endedAtS, truncated) {
        const context = { prefix: `${config().hostname}.${plugin.name}`, endedAtS, truncated };
        const chunks = stdout.kind === 'file' ? outputs.chunks(stdout.name) : [stdout.bytes];
        return { summarize: () => summarize(chunks, context), all: samplesOf(chunks, context) };
      },
      finished: store.finished,
    },
  );
  const scheduler = createScheduler(
    { clock, isAlive: processes.isAlive },
    {
      maxConcurrency: config().maxConcurrency,
      get overdueAfterMs() {
        return config().overdueAfterMs;
      },
      emit,
    },
    runner.start,
    record,
    store.ended,
  );

  function watchNow() {
    const { enabled, location } = config().scripts;
    if (!enabled) return;
    watcher = startPluginWatcher(edges, { dir: location, checker, emit, onScan: onScanned, onReplaced: launcher.renew });
    watcher.rescan();
    emit({ event: 'plugins.watched', path: location, plugins: watcher.active().length });
  }

  function unwatch() {
    const gone = watcher?.scripts() ?? [];
    watcher?.close();
    watcher = null;
    for (const { plugin } of gone) emit({ event: 'plugin.removed', plugin: plugin.file });
  }

  /** What is known of scripts that are gone is forgotten, by and by. */
  function onScanned(present: readonly PluginFile[]) {
    for (const stage of [store, runner, scheduler]) stage.present(present);
    onScan(present);
  }

  /** The truth right before a run; what is found wrong is told by the scan that follows. */
  function mayRun(plugin: Plugin): boolean {
    const look = watcher?.lookAgain(plugin);
    if (look?.kind === 'rejected' || look?.kind === 'gone') watcher?.rescan();
    return look?.kind === 'accepted';
  }

  /** Records a run that goes on, so that a restarted agent does not double it. */
  function record(file: PluginFile, startedMs: number, runPid: number) {
    const process = processes.identify(runPid);
    if (process) store.began({ file, startedMs, process });
  }

  const isRunning = ({ state }: { readonly state: InFlightEntry['state'] }) => state === 'running';

  return {
    begin() {
      scheduler.adopt(store.recorded());
      watchNow();
    },
    look() {
      plugins = watcher?.rescan() ?? [];
    },
    tick(tick, lastTickAtS) {
      const due = plugins.filter((plugin) => isDue(settingsOf(config().plugins, plugin), tick.atS, lastTickAtS));
      emit({ event: 'tick.started', atS: tick.atS, plugins: plugins.length, due: due.length });
      return scheduler.tick(tick, due);
    },
    apply(before) {
      const after = config();
      scheduler.setConcurrency(after.maxConcurrency);
      const context = launchContext(edges, after);
      if (JSON.stringify(context) !== JSON.stringify(launchContext(edges, before))) launcher.renew(context);
      const { enabled, location } = after.scripts;
      if (enabled === before.scripts.enabled && location === before.scripts.location) return;
      unwatch();
      watchNow();
    },
    judged: () => watcher?.scripts() ?? [],
    suspension: () => watcher?.suspension() ?? null,
    whyNoPlugin: (entry) => watcher?.whyNoPlugin(entry) ?? null,
    inFlight: scheduler.inFlight,
    close() {
      watcher?.close();
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

function launchContext({ env }: Edges, config: Config): LaunchContext {
  return { cwd: config.scripts.location, env: sharedEnvironment(env, config.env), maxIdle: config.maxConcurrency };
}

function createLauncher({ clock, platform, processes }: Edges, context: LaunchContext, pipeDir: string): Launcher {
  return platform === 'win32' ? createSpawner({ ...context, clock }) : createLanes({ ...context, pipeDir, clock, processes });
}
