import { createHostMetrics } from './host/collect.ts';
import type { Edges } from './io/edges.ts';
import { createLanes } from './io/lanes.ts';
import type { Launcher } from './io/launcher.ts';
import { drainLeftovers } from './io/pipe.ts';
import { createSpawner } from './io/spawn.ts';
import { type Config, isDue, settingsOf } from './model/config.ts';
import type { AgentEvent, Emit } from './model/event.ts';
import type { Plugin } from './model/plugin.ts';
import { err, ok, type Result } from './model/result.ts';
import type { Tick } from './model/run.ts';
import { samplesOf, summarize } from './parser/output.ts';
import { prepareDirectory } from './plugins/directory.ts';
import type { Checker } from './plugins/permissions.ts';
import { type PluginWatcher, startPluginWatcher } from './plugins/watcher.ts';
import { sharedEnvironment } from './runner/invocation.ts';
import { createRunner } from './runner/runner.ts';
import { createScheduler } from './scheduler/scheduler.ts';
import { startTicker } from './scheduler/ticker.ts';
import { createCounters } from './self/counters.ts';
import { selfSamples } from './self/samples.ts';
import { startSender } from './sender/sender.ts';
import { createSinks } from './sinks/create.ts';
import { openStateDirectory } from './store/state-directory.ts';
import { openStore, type Store } from './store/store.ts';

/** A running agent. */
export type Daemon = {
  /**
   * Stops in order: no new runs, those in flight get `stop_grace` to end, then the spool gets as long to be delivered. What still runs
   * is left alone. Called a second time, it waits for nothing any more.
   */
  stop(reason: string): Promise<void>;
};

/** Where the agent tells what happens, and where the console sink prints. */
export type DaemonOptions = {
  readonly emit: Emit;
  /** Prints samples when there is no key; resolves when the text is out. */
  readonly write: (text: string) => Promise<void>;
};

/**
 * Starts the agent: a tick goes in, samples come out. Joins the stages, which know nothing of each other. An error is one sentence for
 * the user: the plugin directory or the state directory can't be used.
 */
export function startDaemon(config: Config, edges: Edges, { emit: tell, write }: DaemonOptions): Result<Daemon, string> {
  const { clock, files, platform, pid, processes } = edges;
  const { hostname, scripts } = config;
  const counters = createCounters();
  const checker: Checker = { uid: edges.machine.uid ?? 0, checksModes: platform !== 'win32' };

  const unusable = scripts.enabled ? prepareDirectory(scripts, files, checker) : null;
  if (unusable !== null) return err(unusable);
  const state = openStateDirectory(files, config.stateDir, config.tempDir, edges.machine.uid, clock.nowMs().toString(36));
  if (!state.ok) return state;
  const { database, outputs, pipeDir, release, isThere } = state.value;
  drainLeftovers(pipeDir);

  const sinks = createSinks(config, {
    clock,
    dial: edges.dial,
    httpPost: edges.httpPost,
    patience: edges.patience,
    emit,
    write,
    process: { version: edges.version, pid, nodeVersion: edges.nodeVersion, platform: `${edges.arch}-${platform}` },
  });
  const { maxSizeBytes } = config.spool;
  const opened = tryOpenStore(() => openStore({ clock, database, outputs }, { sinks, maxSizeBytes, emit, onAppended }), config.stateDir);
  if (!opened.ok) {
    release();
    return opened;
  }
  const store = opened.value;
  const senders = sinks.map((sink) => startSender({ clock, random: edges.random }, sink, store.view(sink.name), edges.patience, emit));

  function emit(event: AgentEvent) {
    counters.note(event);
    tell(event);
  }

  function onAppended() {
    for (const sender of senders) sender.appended();
  }

  const launcher = createLauncher(config, edges, pipeDir);
  const watcher = scripts.enabled ? watchScripts(config, edges, checker, emit, launcher, onScan) : null;
  const runner = createRunner(
    { clock, launcher, outputs },
    { maxOutputBytes: scripts.maxOutputBytes, emit },
    {
      mayRun: (plugin) => mayRun(watcher, plugin),
      lastRun: store.lastRun,
      stdinPath: store.stdinPath,
      ownEnv: (plugin) => settingsOf(config.plugins, plugin).env,
      firstLine: (path) => files.head(path, 4096)?.split('\n')[0] ?? null,
      readOutput(stdout, plugin, endedAtS, truncated) {
        const context = { prefix: `${hostname}.${plugin.name}`, endedAtS, truncated };
        const chunks = stdout.kind === 'file' ? outputs.chunks(stdout.name) : [stdout.bytes];
        return { summarize: () => summarize(chunks, context), all: samplesOf(chunks, context) };
      },
      finished: store.finished,
    },
  );
  const { maxConcurrency, overdueAfterMs } = config;
  const scheduler = createScheduler(
    { clock, isAlive: processes.isAlive },
    { maxConcurrency, overdueAfterMs, emit },
    runner.start,
    record,
    store.ended,
  );
  scheduler.adopt(store.recorded());
  const host = createHostMetrics({ platform, clock, files: edges.hostFiles, otherSystem: edges.otherSystem }, { hostname, emit });

  /** What is known of scripts that are gone is forgotten, by and by. */
  function onScan(present: readonly Plugin['file'][]) {
    for (const stage of [store, runner, scheduler]) stage.present(present);
  }

  /** Records a run that goes on, so that a restarted agent does not double it. */
  function record(file: Plugin['file'], startedMs: number, runPid: number) {
    const process = processes.identify(runPid);
    if (process) store.began({ file, startedMs, process });
  }

  /** What the agent has to say of itself, beside the log. */
  function ownSamples({ atS }: Tick) {
    const backlogs = sinks.map(({ name }) => ({ sink: name, ...store.view(name) }));
    return selfSamples(counters.read(), backlogs, edges.usage(), { hostname, atS });
  }

  /** A database whose file was removed goes on, and ends with the process: the user must know. */
  function tellIfRemoved() {
    if (!hasToldRemoved && !isThere()) {
      const explanation = `somebody removed or replaced ${config.stateDir}; samples that wait there are lost with this process: restart the agent`;
      emit({ event: 'store.removed', path: config.stateDir, explanation });
      hasToldRemoved = true;
    }
  }
  let hasToldRemoved = false;
  let lastTickS = Math.floor(clock.nowMs() / 1000);

  async function onTick(tick: Tick) {
    const plugins = watcher?.rescan() ?? [];
    const due = plugins.filter((plugin) => isDue(settingsOf(config.plugins, plugin), tick.atS, lastTickS));
    lastTickS = tick.atS;
    tellIfRemoved();
    emit({ event: 'tick.started', atS: tick.atS, plugins: plugins.length, due: due.length });
    if (config.selfMetrics) store.append(ownSamples(tick));
    const hostDone = config.hostMetrics ? host.collect(tick).then(store.append) : Promise.resolve();
    await Promise.all([hostDone, scheduler.tick(tick, due)]);
    store.flush();
    for (const sender of senders) sender.settled();
    edges.tidyHeap();
  }

  watcher?.rescan();
  if (watcher) emit({ event: 'plugins.watched', path: scripts.location, plugins: watcher.active().length });
  const ticker = startTicker(clock, config.reportIntervalS, (tick) => void onTick(tick));
  emit({ event: 'daemon.started', version: edges.version, hostname, pid, intervalS: config.reportIntervalS, stateDir: config.stateDir });

  let hurry = () => {};
  const hurried = new Promise<void>((resolve) => {
    hurry = resolve;
  });
  let stopping: Promise<void> | null = null;

  async function stop(reason: string) {
    const running = () => scheduler.inFlight().filter((entry) => entry.state === 'running');
    emit({ event: 'daemon.stopping', signal: reason, runsInFlight: running().length });
    ticker.close();
    watcher?.close();
    await withinGrace(scheduler.close());
    const recorded = new Set(store.recorded().map(({ file }) => file));
    for (const { file, sinceMs, pid: runPid } of running()) if (!recorded.has(file)) record(file, sinceMs, runPid() ?? 0);
    store.flush();
    await withinGrace(Promise.all(senders.map((sender) => sender.drained())));
    await Promise.all(senders.map((sender) => sender.close()));
    await withinGrace(launcher.close());
    const samplesLeft = Math.max(0, ...sinks.map((sink) => store.view(sink.name).waiting()));
    emit({ event: 'daemon.stopped', runsLeft: running().length, samplesLeft });
    store.close();
    release();
  }

  /** Waits for `work` at most `stop_grace`, and not at all once stop was called twice. */
  async function withinGrace(work: Promise<unknown>) {
    let timer = { cancel() {} };
    const grace = new Promise<void>((resolve) => {
      timer = clock.after(config.stopGraceMs, resolve);
    });
    await Promise.race([work, grace, hurried]);
    timer.cancel();
  }

  return ok({
    stop(reason) {
      if (stopping !== null) hurry();
      stopping ??= stop(reason);
      return stopping;
    },
  });
}

function tryOpenStore(open: () => Store, stateDir: string): Result<Store, string> {
  try {
    return ok(open());
  } catch (error) {
    return err(
      `the state directory ${stateDir} can't be used: ${error instanceof Error ? error.message : error}; name another with --state-dir DIR`,
    );
  }
}

function createLauncher(config: Config, { clock, env, platform, processes }: Edges, pipeDir: string): Launcher {
  const shared = { cwd: config.scripts.location, env: sharedEnvironment(env, config.env), clock };
  return platform === 'win32' ? createSpawner(shared) : createLanes({ ...shared, pipeDir, maxIdle: config.maxConcurrency, processes });
}

function watchScripts(
  { scripts }: Config,
  edges: Edges,
  checker: Checker,
  emit: Emit,
  launcher: Launcher,
  onScan: (files: readonly Plugin['file'][]) => void,
): PluginWatcher {
  return startPluginWatcher(edges, { dir: scripts.location, checker, emit, onScan, onReplaced: launcher.renew });
}

/** The truth right before a run; what is found wrong is told by the scan that follows. */
function mayRun(watcher: PluginWatcher | null, plugin: Plugin): boolean {
  const look = watcher?.lookAgain(plugin);
  if (look?.kind === 'rejected' || look?.kind === 'gone') watcher?.rescan();
  return look?.kind === 'accepted';
}
