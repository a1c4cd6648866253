import { controlSocket } from '../control/client.ts';
import { createCpuUse } from '../host/cpu-use.ts';
import type { Edges } from '../io/edges.ts';
import { drainLeftovers } from '../io/process/fifo/leftover-fifos.ts';
import { atOnce, inSteps } from '../io/walk.ts';
import type { Config } from '../model/config.ts';
import type { AgentEvent, Emit } from '../model/event.ts';
import type { PageLink } from '../model/page-link.ts';
import { ok, type Result } from '../model/result.ts';
import type { Tick } from '../model/run.ts';
import type { PluginAnswer, StatusNow } from '../model/status.ts';
import type { Walk } from '../model/walk.ts';
import { startTicker } from '../scheduler/ticker.ts';
import { storeWalk } from '../store/store.ts';
import { createView } from '../view/view.ts';
import type { OwnCommands } from '../words/own-command.ts';
import { ControlSocket } from './control-socket.ts';
import { createDelivery } from './delivery.ts';
import { reportStart } from './found-at-start.ts';
import { heldByAnother } from './held-directories.ts';
import { withHostname } from './host-name.ts';
import { createLateReports } from './late-runs.ts';
import { type MarkMaker, markMaker } from './marks.ts';
import { MuninConfigs } from './munin-configs.ts';
import { OwnMetrics } from './own-metrics.ts';
import { MeasuredPlugins } from './plugin-metrics.ts';
import { createScripts, unusableDirectory } from './scripts.ts';
import { keptDatabase, keptDirectory, openStateFiles, tryOpenStore } from './state-files.ts';
import { statusSources } from './status-sources.ts';
import { createStopping } from './stopping.ts';
import { storeOptionsOf } from './store-options.ts';
import { type KeptFile, Upkeep } from './upkeep.ts';
import { startViewServer, type ViewServer } from './view-server.ts';

/** A running agent. */
export type Daemon = {
  /**
   * Resolves to the link of the page when the agent can be asked over its control socket, or it
   * was reported that it can't, and has looked at its plugins for the first time.
   */
  readonly ready: Promise<PageLink>;
  /**
   * Changes the configuration, all of it or nothing: null, or one sentence that says why it can't
   * be used. `changed` names the keys that differ. What can't change while the agent runs
   * (`state_dir`, the log's file) is the same in both.
   */
  reload(config: Config, changed: readonly string[]): string | null;
  /**
   * The configuration on disk can't be used: the last good one stays, and the problems are logged
   * and shown in the status.
   */
  refuse(problems: readonly string[]): void;
  /** Ends the waits of all sinks after trouble: they try again now. */
  retryNow(): void;
  status(): StatusNow;
  /** Everything about the plugins that a name selects. */
  plugin(name: string): PluginAnswer;
  /**
   * Stops in order: no new runs; runs in flight get `stop_grace` to end; then the spool gets as
   * long to be delivered. Plugins that are still running are left alone. A second call ends all
   * waits.
   */
  stop(reason: string): Promise<void>;
};

/** What the agent needs of the program that starts it. */
export type DaemonOptions = {
  /**
   * Called once there is a state directory, before anything in it is opened. Null, or why the
   * agent must not start.
   */
  readonly claim: () => string | null;
  /** Files that the program keeps for the agent: the pid file and the log. */
  readonly keptFiles: readonly KeptFile[];
  /** Takes every event: the log. */
  readonly emit: Emit;
  /**
   * Prints samples when there is no key and no sink, and resolves when the text is out; null: no
   * one reads them.
   */
  readonly write: ((text: string) => Promise<void>) | null;
  /** The commands that the agent hands out. */
  readonly commands: OwnCommands;
};

/** Does all of `daemonWalk` at once. */
export function startDaemon(...how: Parameters<typeof daemonWalk>): Result<Daemon, string> {
  return atOnce(daemonWalk(...how));
}

/**
 * Starts the agent: a tick goes in, samples come out. Joins the stages, which know nothing of each
 * other. Only with a damaged database it takes several steps. An error is one sentence for the
 * user: the plugin directory or the state directory can't be used, or what `claim` said.
 */
export function* daemonWalk(
  first: Config,
  edges: Edges,
  { claim, keptFiles, emit: log, write, commands }: DaemonOptions,
): Walk<Result<Daemon, string>> {
  const { clock } = edges;
  let config = withHostname(first, edges);
  const startedAtS = clock.nowMs() / 1000;
  const view = createView(clock);
  const sources = () => statusSources(edges, stages, startedAtS, null);
  const plugins = new MeasuredPlugins(edges.contentHash, { sources, append: (samples) => store.append(samples), emit });
  let server: ViewServer | null = null;
  let marks: MarkMaker | null = null;
  let lastTickS = Math.floor(startedAtS);
  const stopping = createStopping(clock, () => config.stopGraceMs, stopInOrder);

  const opened = openStateFiles(config, edges, claim);
  if (!opened.ok) return opened;
  const { state, held, release } = opened.value;
  const { database, outputs, pipeDir } = state;
  drainLeftovers(pipeDir);

  const delivery = createDelivery(config, edges, emit, write);
  const storeOptions = storeOptionsOf(() => config, delivery, emit);
  const control = new ControlSocket(edges.serve, controlSocket(config.stateDir), emit);
  const tried = yield* tryOpenStore(storeWalk({ clock, database, outputs }, storeOptions), config.stateDir);
  if (!tried.ok) {
    void control.close();
    release();
    return tried;
  }
  const store = tried.value;
  delivery.begin(store);
  marks = markMaker(clock, store.marks, delivery, () => config);
  const muninConfigs = new MuninConfigs();
  const scriptDeps = { store, outputs, pipeDir, emit, view, commands, muninConfigs, hostNames: () => own.hostNames() };
  const scripts = createScripts(edges, { config: () => config, held, ...scriptDeps });
  const own = new OwnMetrics(edges, { config: () => config, store, view, delivery, plugins, emit });
  const { look: lookAtCpu, busyPercent: cpuBusyPercent } = createCpuUse(edges.hostFiles);
  const reportLate = createLateReports({ scripts, view, config: () => config, cpuBusyPercent, edges, emit });

  function emit(event: AgentEvent) {
    if (event.event === 'wire.sent') return log(event); // thousands of lines, which change nothing
    view.note(event);
    marks?.note(event);
    plugins.note(event);
    server?.touched();
    log(event);
  }

  /** Samples that were read keep their names. */
  function followHostname() {
    const [from, next] = [config.hostname, withHostname(config, edges)];
    if (next === config) return;
    config = next;
    own.renamed();
    emit({ event: 'host.renamed', from, to: next.hostname });
    delivery.apply(next);
  }

  async function onTick(tick: Tick) {
    const [sinceS, isSpread] = [lastTickS, config.spread];
    lastTickS = tick.atS;
    void upkeep.look();
    followHostname();
    const scanned = scripts.look();
    const selfDone = [own.self(tick), own.plugins(tick)]; // without spread: as of before this tick's runs
    lookAtCpu();
    marks?.look();
    if (scanned !== null) await scanned;
    if (stopping.hasBegun()) return;
    const slotsFree = scripts.tick(tick, sinceS);
    reportLate();
    const hostDone = own.host(tick);
    // With `spread` there is one delivery an interval, at the host's moment.
    await Promise.all([...selfDone, hostDone, isSpread ? null : slotsFree]);
    store.commit();
    delivery.settled();
    edges.tidyMemory(view.totals().runs);
  }

  const scannedFirst = scripts.begin();
  const ticker = startTicker(clock, config.reportIntervalS, (tick) => void onTick(tick));
  reportStart({ state, store, delivery, scripts }, config, edges, emit);
  const stages = {
    config: () => config,
    scripts,
    delivery,
    store,
    outputs,
    muninConfigs,
    view,
    cpuBusyPercent,
    isStopping: () => stopping.hasBegun(),
    commands,
  };
  const serving = startViewServer(edges, control, stages, startedAtS, emit);
  server = serving;

  const upkeep = new Upkeep(
    [
      keptDirectory(state),
      ...keptFiles, // the log among them, before there is more to log
      keptDatabase(state, store, config.stateDir, emit),
      serving.controlSocket,
    ],
    emit,
  );

  const running = () => scripts.inFlight().filter((entry) => entry.state === 'running').length;
  async function stopInOrder(reason: string) {
    emit({ event: 'daemon.stopping', signal: reason, runsInFlight: running() });
    ticker.close();
    own.drop();
    if (!upkeep.isWhole()) await stopping.withinGrace(upkeep.look()); // what waits must be on a disk
    await stopping.withinGrace(scripts.close());
    scripts.recordRunning();
    await stopping.withinGrace(inSteps(store.flushWalk()));
    store.flush(); // what is left, if no one waits any more
    await stopping.withinGrace(delivery.drained());
    await delivery.close();
    await stopping.withinGrace(scripts.release());
    if (!upkeep.isWhole()) await stopping.withinGrace(upkeep.look());
    await serving.close();
    const samplesLeft = Math.max(0, ...delivery.outlets().map((outlet) => outlet.waiting()));
    emit({ event: 'daemon.stopped', runsLeft: running(), samplesLeft });
    store.close();
    if (samplesLeft > 0 && !state.isDatabaseThere()) emit({ event: 'store.lost', samples: samplesLeft });
    release();
  }

  return ok({
    ready: Promise.all([serving.ready(), scannedFirst]).then(([page]) => page),
    reload(read, changed) {
      const [before, next] = [config, withHostname(read, edges)];
      const isOther =
        next.scripts.location !== before.scripts.location || next.scripts.enabled !== before.scripts.enabled;
      const unusable = isOther ? (unusableDirectory(next, edges) ?? heldByAnother(held, next)) : null;
      if (unusable !== null) return unusable;
      config = next;
      emit({ event: 'config.reloaded', changed });
      scripts.apply(before);
      delivery.apply(next);
      if (next.hostname !== before.hostname) own.renamed();
      ticker.setInterval(next.reportIntervalS);
      serving.apply(next);
      return null;
    },
    refuse: (problems) => emit({ event: 'config.refused', problems }),
    retryNow: delivery.retryNow,
    status: serving.status,
    plugin: serving.plugin,
    stop: stopping.stop,
  });
}
