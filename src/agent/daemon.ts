import { createHostMetrics } from '../host/collect.ts';
import { createCpuUse } from '../host/cpu-use.ts';
import type { Edges } from '../io/edges.ts';
import { drainLeftovers } from '../io/process/fifo/leftover-fifos.ts';
import type { Config } from '../model/config.ts';
import type { AgentEvent, Emit } from '../model/event.ts';
import type { PageLink } from '../model/page-link.ts';
import { ok, type Result } from '../model/result.ts';
import type { Tick } from '../model/run.ts';
import type { PluginAnswer, Status } from '../model/status.ts';
import { AwaitedMoments } from '../scheduler/awaited-moments.ts';
import { momentAtS, momentOf } from '../scheduler/spread.ts';
import { startTicker } from '../scheduler/ticker.ts';
import { openStore } from '../store/store.ts';
import { selfSamples } from '../view/self-metrics.ts';
import { createView } from '../view/view.ts';
import type { OwnCommands } from '../words/own-command.ts';
import { createDelivery } from './delivery.ts';
import { reportStart } from './found-at-start.ts';
import { heldByAnother } from './held-directories.ts';
import { withHostname } from './host-name.ts';
import { createLateReports } from './late-runs.ts';
import { createScripts, unusableDirectory } from './scripts.ts';
import { keptDatabase, keptDirectory, openStateFiles, tryOpenStore } from './state-files.ts';
import { createStopping } from './stopping.ts';
import { storeOptionsOf } from './store-options.ts';
import { type KeptFile, Upkeep } from './upkeep.ts';
import { startViewServer, type ViewServer } from './view-server.ts';

/** A running agent. */
export type Daemon = {
  /**
   * Resolves to the link of the page when the agent can be asked over its control socket, or it
   * was reported that it can't.
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
  status(): Status;
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

/**
 * Starts the agent: a tick goes in, samples come out. Joins the stages, which know nothing of
 * each other. An error is one sentence for the user: the plugin directory or the state directory
 * can't be used, or what `claim` said.
 */
export function startDaemon(
  first: Config,
  edges: Edges,
  { claim, keptFiles, emit: log, write, commands }: DaemonOptions,
): Result<Daemon, string> {
  const { clock, platform } = edges;
  let config = withHostname(first, edges);
  const startedAtS = clock.nowMs() / 1000;
  const view = createView(clock);
  let server: ViewServer | null = null;
  let lastTickS = Math.floor(startedAtS);
  const stopping = createStopping(clock, () => config.stopGraceMs, stopInOrder);

  const opened = openStateFiles(config, edges, claim);
  if (!opened.ok) return opened;
  const { state, held, release } = opened.value;
  const { database, outputs, pipeDir } = state;
  drainLeftovers(pipeDir);

  const delivery = createDelivery(config, edges, emit, write);
  const storeOptions = storeOptionsOf(() => config, delivery, emit);
  const tried = tryOpenStore(() => openStore({ clock, database, outputs }, storeOptions), config.stateDir);
  if (!tried.ok) {
    release();
    return tried;
  }
  const store = tried.value;
  delivery.begin(store);
  const scriptDeps = { store, outputs, pipeDir, emit, view, commands, hostNames: () => host.names() };
  const hold = () => held.holdScripts(config.scripts);
  const scripts = createScripts(edges, { config: () => config, hold, ...scriptDeps });
  const hostOf = ({ hostname }: Config) =>
    createHostMetrics({ platform, clock, files: edges.hostFiles, otherSystem: edges.otherSystem }, { hostname, emit });
  let host = hostOf(config);
  const moments = new AwaitedMoments<'self' | 'host'>(clock);
  const cpuUse = createCpuUse(edges.hostFiles);
  const { busyPercent: cpuBusyPercent } = cpuUse;
  const reportLate = createLateReports({ scripts, view, config: () => config, cpuBusyPercent, edges, emit });

  function emit(event: AgentEvent) {
    view.note(event);
    server?.touched();
    log(event);
  }

  function ownSamples({ atS }: Tick) {
    const backlogs = delivery.outlets().map((outlet) => ({ sink: outlet.name, ...outlet }));
    return selfSamples(view, backlogs, edges.usage(), { hostname: config.hostname, atS });
  }

  /** Samples that were read keep their names. */
  function followHostname() {
    const [from, next] = [config.hostname, withHostname(config, edges)];
    if (next === config) return;
    config = next;
    host = hostOf(next);
    emit({ event: 'host.renamed', from, to: next.hostname });
    delivery.apply(next);
  }

  /**
   * Measures at the tick; with `spread` at the host's moment, which then is the time of the
   * samples.
   */
  function measured(what: 'self' | 'host', tick: Tick, measure: (tick: Tick) => Promise<void>): Promise<void> {
    if (!config.spread) return measure(tick);
    const moment = momentOf(tick, config.reportIntervalS, config.hostname, null);
    return moments.wait(what, moment, () => measure({ atS: momentAtS(moment) }));
  }

  async function onTick(tick: Tick) {
    const [sinceS, isSpread] = [lastTickS, config.spread];
    lastTickS = tick.atS;
    void upkeep.look();
    followHostname();
    scripts.look();
    const selfDone = measured('self', tick, async (at) => {
      if (config.selfMetrics) store.append(ownSamples(at)); // without spread: as of before this tick's runs
    });
    cpuUse.look();
    const slotsFree = scripts.tick(tick, sinceS);
    reportLate();
    const hostDone = measured('host', tick, async (at) => {
      if (config.hostMetrics) await host.collect(at).then(store.append);
    });
    // With `spread` there is one delivery an interval, at the host's moment.
    await Promise.all([selfDone, hostDone, isSpread ? null : slotsFree]);
    store.commit();
    delivery.settled();
    edges.tidyMemory();
  }

  scripts.begin();
  const ticker = startTicker(clock, config.reportIntervalS, (tick) => void onTick(tick));
  reportStart({ state, store, delivery, scripts }, config, edges, emit);
  const stages = {
    config: () => config,
    scripts,
    delivery,
    store,
    outputs,
    view,
    cpuBusyPercent,
    isStopping: () => stopping.hasBegun(),
    commands,
  };
  const serving = startViewServer(edges, stages, startedAtS, emit);
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
    moments.drop();
    if (!upkeep.isWhole()) await stopping.withinGrace(upkeep.look()); // what waits must be on a disk
    await stopping.withinGrace(scripts.close());
    scripts.recordRunning();
    store.flush();
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
    ready: serving.ready(),
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
      if (next.hostname !== before.hostname) host = hostOf(next);
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
