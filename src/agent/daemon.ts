import { createHostMetrics } from '../host/collect.ts';
import type { Edges } from '../io/edges.ts';
import { messageOf } from '../io/errors.ts';
import { drainLeftovers } from '../io/process/fifo.ts';
import type { Config } from '../model/config.ts';
import type { AgentEvent, Emit } from '../model/event.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { Tick } from '../model/run.ts';
import type { PluginAnswer, Status } from '../model/status.ts';
import { createHeldMoments, momentAtS, momentOf } from '../scheduler/spread.ts';
import { startTicker } from '../scheduler/ticker.ts';
import { makeStateDirectory, openStateDirectory } from '../store/state-directory.ts';
import { openStore, type Store } from '../store/store.ts';
import { createCounters } from '../view/counts.ts';
import { selfSamples } from '../view/self-metrics.ts';
import { createDelivery } from './delivery.ts';
import { createScripts, unusableDirectory } from './scripts.ts';
import { createViewServer } from './view-server.ts';

/** A running agent. */
export type Daemon = {
  /** Resolves when the agent can be asked over its control socket, or it is told that it can't. */
  readonly ready: Promise<void>;
  /**
   * Goes on with another configuration, all of it or nothing: null, or why it can't, in one sentence. `changed` names the keys that
   * differ. What can't change while the agent runs (`state_dir`, the log's file) is the same in both.
   */
  reload(config: Config, changed: readonly string[]): string | null;
  /** The configuration on disk is not taken: the last good one stays, and what is wrong is told and shown in the status. */
  refuse(problems: readonly string[]): void;
  /** Tries now what waits after trouble. */
  retryNow(): void;
  status(): Status;
  /** Everything about the plugins that a name selects. */
  plugin(name: string): PluginAnswer;
  /**
   * Stops in order: no new runs, those in flight get `stop_grace` to end, then the spool gets as long to be delivered. What still runs
   * is left alone. Called a second time, it waits for nothing any more.
   */
  stop(reason: string): Promise<void>;
};

/** Who is asked first, where the agent tells what happens, and where the console sink prints. */
export type DaemonOptions = {
  /** Called once there is a state directory, before anything in it is opened. Null, or why the agent is not to start. */
  readonly claim: () => string | null;
  readonly emit: Emit;
  /** Prints samples when there is no key and no sink, and resolves when the text is out; null: there is nobody to print for. */
  readonly write: ((text: string) => Promise<void>) | null;
};

/**
 * Starts the agent: a tick goes in, samples come out. Joins the stages, which know nothing of each other. An error is one sentence for
 * the user: the plugin directory or the state directory can't be used, or what `claim` said.
 */
export function startDaemon(
  first: Config,
  edges: Edges,
  { claim, emit: tell, write }: DaemonOptions,
): Result<Daemon, string> {
  const { clock, files, platform, pid } = edges;
  let config = first;
  const counters = createCounters();
  const answers = createViewServer(edges, emit);
  let lastTickS = Math.floor(clock.nowMs() / 1000);
  let hasToldRemoved = false;

  const unusable = unusableDirectory(config, edges);
  if (unusable !== null) return err(unusable);
  const refused = makeStateDirectory(files, config.stateDir, edges.machine.uid) ?? claim();
  if (refused !== null) return err(refused);
  const state = openStateDirectory(
    files,
    config.stateDir,
    config.tempDir,
    edges.machine.uid,
    clock.nowMs().toString(36),
  );
  if (!state.ok) return state;
  const { database, outputs, pipeDir, release, isThere } = state.value;
  drainLeftovers(pipeDir);

  const delivery = createDelivery(config, edges, emit, write);
  const storeOptions = {
    sinks: delivery.places(),
    get maxSizeBytes() {
      return config.spool.maxSizeBytes;
    },
    get history() {
      const { isEnabled, historyS, maxSizeBytes, metrics } = config.dashboard;
      return { keptForS: isEnabled ? historyS : 0, maxSizeBytes, keepsLatest: isEnabled || metrics };
    },
    emit,
    onAppended: delivery.appended,
  };
  const opened = tryOpenStore(() => openStore({ clock, database, outputs }, storeOptions), config.stateDir);
  if (!opened.ok) {
    release();
    return opened;
  }
  const store = opened.value;
  delivery.begin(store);
  const scripts = createScripts(edges, {
    config: () => config,
    store,
    outputs,
    pipeDir,
    emit,
    onScan: answers.present,
  });
  const hostOf = ({ hostname }: Config) =>
    createHostMetrics({ platform, clock, files: edges.hostFiles, otherSystem: edges.otherSystem }, { hostname, emit });
  let host = hostOf(config);
  const held = createHeldMoments<'self' | 'host'>(clock);

  function emit(event: AgentEvent) {
    counters.note(event);
    answers.note(event);
    tell(event);
  }

  /** What the agent has to say of itself, beside the log. */
  function ownSamples({ atS }: Tick) {
    const backlogs = delivery.outlets().map((outlet) => ({ sink: outlet.name, ...outlet }));
    return selfSamples(counters.read(), backlogs, edges.usage(), { hostname: config.hostname, atS });
  }

  /** A database whose file was removed goes on, and ends with the process: the user must know. */
  function tellIfRemoved() {
    if (hasToldRemoved || isThere()) return;
    const sentence = `${config.stateDir} was removed or replaced; samples that wait there are lost with this process: restart the agent`;
    const advice = { kind: 'store-removed', sentence, commands: [] };
    emit({ event: 'store.removed', path: config.stateDir, advice });
    hasToldRemoved = true;
  }

  /** Measures at the tick, or with `spread` at the host's moment, which then is the time of what is measured. */
  function measured(what: 'self' | 'host', tick: Tick, measure: (tick: Tick) => Promise<void>): Promise<void> {
    if (!config.spread) return measure(tick);
    const moment = momentOf(tick, config.reportIntervalS, config.hostname, null);
    return held.hold(what, moment, () => measure({ atS: momentAtS(moment) }));
  }

  async function onTick(tick: Tick) {
    const sinceS = lastTickS;
    const isSpread = config.spread;
    lastTickS = tick.atS;
    tellIfRemoved();
    scripts.look();
    const selfDone = measured('self', tick, async (at) => {
      if (config.selfMetrics) store.append(ownSamples(at)); // without spread: as of before this tick's runs
    });
    const slotsFree = scripts.tick(tick, sinceS);
    const hostDone = measured('host', tick, async (at) => {
      if (config.hostMetrics) await host.collect(at).then(store.append);
    });
    await Promise.all([selfDone, hostDone, isSpread ? null : slotsFree]); // else one delivery an interval, at the host's moment
    store.flush();
    delivery.settled();
    edges.tidyHeap();
  }

  scripts.begin();
  const ticker = startTicker(clock, config.reportIntervalS, (tick) => void onTick(tick));
  const { hostname, reportIntervalS: intervalS, stateDir } = config;
  emit({ event: 'daemon.started', version: edges.version, hostname, pid, intervalS, stateDir });

  answers.begin({
    config: () => config,
    scripts,
    delivery,
    store,
    outputs,
    counters,
    isStopping: () => stopping !== null,
  });

  let hurry = () => {};
  const hurried = new Promise<void>((resolve) => {
    hurry = resolve;
  });
  let stopping: Promise<void> | null = null;

  async function stop(reason: string) {
    const running = () => scripts.inFlight().filter((entry) => entry.state === 'running').length;
    emit({ event: 'daemon.stopping', signal: reason, runsInFlight: running() });
    ticker.close();
    held.drop();
    await withinGrace(scripts.close());
    scripts.recordRunning();
    store.flush();
    await withinGrace(delivery.drained());
    await delivery.close();
    await withinGrace(scripts.release());
    await answers.close();
    const samplesLeft = Math.max(0, ...delivery.outlets().map((outlet) => outlet.waiting()));
    emit({ event: 'daemon.stopped', runsLeft: running(), samplesLeft });
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
    ready: answers.ready(),
    reload(next, changed) {
      const before = config;
      const isOther =
        next.scripts.location !== before.scripts.location || next.scripts.enabled !== before.scripts.enabled;
      const unusableNow = isOther ? unusableDirectory(next, edges) : null;
      if (unusableNow !== null) return unusableNow;
      config = next;
      emit({ event: 'config.reloaded', changed });
      scripts.apply(before);
      delivery.apply(next);
      if (next.hostname !== before.hostname) host = hostOf(next);
      ticker.setInterval(next.reportIntervalS);
      answers.apply(next);
      return null;
    },
    refuse(problems) {
      emit({ event: 'config.refused', problems });
    },
    retryNow: delivery.retryNow,
    status: answers.status,
    plugin: answers.plugin,
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
    return err(`the state directory ${stateDir} can't be used: ${messageOf(error)}; name another with --state-dir DIR`);
  }
}
