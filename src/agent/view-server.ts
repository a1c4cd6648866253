import { join } from 'node:path';
import { controlSocket } from '../control/client.ts';
import { createControlRoutes } from '../control/routes.ts';
import { createLive } from '../dashboard/live.ts';
import { createRoutes } from '../dashboard/routes.ts';
import { createDashboardServer } from '../dashboard/server.ts';
import { annotate } from '../formats/annotate.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import type { AnnotatedOutput } from '../model/annotated.ts';
import type { Config } from '../model/config.ts';
import type { AgentEvent, Emit } from '../model/event.ts';
import type { Plugin } from '../model/plugin.ts';
import type { MetricHistory, PluginAnswer, Status } from '../model/status.ts';
import { offsetMs } from '../scheduler/spread.ts';
import { nextBoundaryMs } from '../scheduler/ticker.ts';
import type { Store } from '../store/store.ts';
import type { CountsKeeper } from '../view/counts.ts';
import { createRunFacts } from '../view/runs.ts';
import { createSinkFacts } from '../view/sinks.ts';
import { answerFor, composeStatus, type StatusSources } from '../view/status.ts';
import type { Delivery } from './delivery.ts';
import type { Scripts } from './scripts.ts';

/** What a running agent says when it is asked: on its control socket, and on the page's port. */
export type ViewServer = {
  /** Takes an event in; from the first one on. */
  note(event: AgentEvent): void;
  /** Which scripts there are; what is known of others is forgotten. */
  present(files: readonly Plugin['file'][]): void;
  /** Begins to answer. Called once. */
  begin(agent: ViewServerDeps): void;
  /** Resolves when the agent can be asked, or it is told that it can't. */
  ready(): Promise<void>;
  status(): Status;
  plugin(name: string): PluginAnswer;
  /** Goes on with another configuration. */
  apply(config: Config): void;
  /** Answers nothing any more. */
  close(): Promise<void>;
};

/** The stages that know the answers. */
export type ViewServerDeps = {
  readonly config: () => Config;
  readonly scripts: Scripts;
  readonly delivery: Delivery;
  readonly store: Store;
  readonly outputs: OutputFiles;
  readonly counters: CountsKeeper;
  readonly isStopping: () => boolean;
};

const mostOutputBytes = 256 * 1024; // of a last output that is shown
const mostOutputLines = 500;

/** Knows nothing yet. */
export function createViewServer(edges: Edges, emit: Emit): ViewServer {
  const { clock } = edges;
  const startedAtS = clock.nowMs() / 1000;
  const runFacts = createRunFacts();
  const sinkFacts = createSinkFacts();
  const live = createLive(clock, status);
  let agent: ViewServerDeps | null = null;
  let lastTickAtS: number | null = null;
  let configurationProblems: readonly string[] = [];
  let storeFailure: string | null = null;
  let servers: readonly { ready: Promise<unknown>; close(): Promise<void> }[] = [];
  let dashboard: ReturnType<typeof createDashboardServer> | null = null;

  function asked(): ViewServerDeps {
    if (agent === null) throw new Error('nobody is to be asked yet');
    return agent;
  }

  function parts(): StatusSources {
    const { config, scripts, delivery, store, counters, isStopping } = asked();
    const nowMs = clock.nowMs();
    const { spread, hostname, reportIntervalS } = config();
    return {
      identity: { version: edges.version, pid: edges.pid, startedAtS },
      config: config(),
      nowMs,
      lastTickAtS,
      nextTickAtS: nextBoundaryMs(nowMs, reportIntervalS) / 1000,
      isStopping: isStopping(),
      configurationProblems,
      scripts: scripts.judged(),
      suspension: scripts.suspension(),
      whyNoPlugin: scripts.whyNoPlugin,
      inFlight: scripts.inFlight(),
      momentOf: ({ file, name }) => ({
        offsetMs: spread ? offsetMs(hostname, name, reportIntervalS) : 0,
        heldUntilMs: scripts.heldUntilMs(file),
      }),
      runFacts: runFacts.of,
      lastRun: store.lastRun,
      output: lastOutput,
      dashboardUrl: dashboard?.url() ?? null,
      sinks: delivery.outlets(),
      sinkFacts: sinkFacts.of,
      storeFailure,
      totals: counters.read(),
      usage: edges.usage(),
    };
  }

  function status(): Status {
    return composeStatus(parts());
  }

  function plugin(name: string): PluginAnswer {
    return answerFor(name, parts());
  }

  /** What a plugin's last run printed; null: nothing is kept of it, or it can't be read. */
  function lastOutput({ file, name }: Plugin): AnnotatedOutput | null {
    const { store, outputs, config } = asked();
    const last = store.lastRun(file);
    if (last === null) return null;
    const beginning =
      last.output === null ? { bytes: new Uint8Array(), isWhole: true } : beginningOf(outputs, last.output.name);
    if (beginning === null) return null;
    const context = { prefix: `${config().hostname}.${name}`, endedAtS: last.endedAtS, truncated: !beginning.isWhole };
    return annotate(beginning.bytes, context, mostOutputLines);
  }

  function history(metric: string, fromS: number, toS: number): MetricHistory | null {
    const { store, config } = asked();
    if (config().dashboard.historyS === 0) return null;
    return { metric, fromS, toS, ...store.history.query(metric, fromS, toS) };
  }

  const metrics = (prefix: string) =>
    asked()
      .store.history.metrics()
      .flatMap(({ name, lastAtS, lastValue }) =>
        name.startsWith(prefix) ? [{ metric: name, lastAtS, lastValue }] : [],
      );

  return {
    note(event) {
      const nowS = clock.nowMs() / 1000;
      runFacts.note(event, nowS);
      sinkFacts.note(event, nowS);
      if (event.event === 'tick.started') lastTickAtS = event.atS;
      if (event.event === 'config.refused') configurationProblems = event.problems;
      if (event.event === 'config.reloaded') configurationProblems = [];
      if (event.event === 'store.failed') storeFailure = event.detail;
      if (event.event === 'store.recovered') storeFailure = null;
      live.touched();
    },
    present: runFacts.present,
    begin(asking) {
      agent = asking;
      const { config, scripts } = asking;
      const { stateDir } = config();
      const servesMetrics = () => config().dashboard.metrics;
      const read = createRoutes({ status, plugin, metrics, history, page: edges.pageFile, servesMetrics, live });
      const surroundings = (name: string) => edges.surroundings(scripts.environmentOf(name), config().scripts.location);
      const control = edges.serve(
        { socketPath: controlSocket(stateDir) },
        createControlRoutes(read, { tryOut: scripts.tryOut, surroundings }),
      );
      const listening = control.then((served) => {
        if (!served.ok) emit({ event: 'control.failed', detail: served.error });
        return served;
      });
      const page = createDashboardServer(edges, {
        handle: read,
        token: () => edges.keptToken(join(stateDir, 'dashboard-token')),
        hosts: [edges.machine.hostname],
        emit,
      });
      page.apply(config().dashboard);
      dashboard = page;
      servers = [
        { ready: page.settled(), close: page.close },
        {
          ready: listening,
          async close() {
            const served = await listening;
            if (served.ok) await served.value.close();
          },
        },
      ];
    },
    async ready() {
      await Promise.all(servers.map(({ ready }) => ready));
    },
    status,
    plugin,
    apply: (config) => dashboard?.apply(config.dashboard),
    async close() {
      live.close();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** The first bytes of a kept output; null: it can't be read. */
function beginningOf(
  outputs: OutputFiles,
  name: string,
): { readonly bytes: Uint8Array; readonly isWhole: boolean } | null {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (const chunk of outputs.chunks(name)) {
      chunks.push(new Uint8Array(chunk.subarray(0, mostOutputBytes - bytes)));
      bytes += chunk.length;
      if (bytes > mostOutputBytes) break;
    }
  } catch {
    return null; // told when it was to be stored
  }
  return { bytes: Buffer.concat(chunks), isWhole: bytes <= mostOutputBytes };
}
