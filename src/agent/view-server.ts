import { join } from 'node:path';
import { createControlRoutes } from '../control/routes.ts';
import { createLive } from '../dashboard/live.ts';
import { createRoutes } from '../dashboard/routes.ts';
import { createDashboardServer } from '../dashboard/server.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { MetricHistory, MetricStatus } from '../model/metric.ts';
import type { PageLink } from '../model/page-link.ts';
import type { PluginAnswer, StatusNow } from '../model/status.ts';
import type { Walk } from '../model/walk.ts';
import { answerFor, statusNow } from '../view/status.ts';
import { marksOn } from './chart-marks.ts';
import type { ControlSocket } from './control-socket.ts';
import { createSparklines } from './plugin-sparklines.ts';
import { type AgentStages, statusSources } from './status-sources.ts';
import type { KeptFile } from './upkeep.ts';

const metricsAStep = 2000;

/** Answers what is asked of a running agent: on its control socket, and on the page's port. */
export type ViewServer = {
  /** Something changed: those who follow the agent get the changes. */
  touched(): void;
  /**
   * Resolves to the link of the page when the agent can be asked, or it was reported that it
   * can't.
   */
  ready(): Promise<PageLink>;
  status(): StatusNow;
  /** Everything about the plugins that a name selects. */
  plugin(name: string): PluginAnswer;
  /** The socket file, for as long as the agent could make it at all. */
  readonly controlSocket: KeptFile;
  /** Changes the configuration of the page. */
  apply(config: Config): void;
  /** Stops answering. Resolves when nothing listens any more. */
  close(): Promise<void>;
};

/**
 * Starts to answer. What can't be listened on is reported by an event, and the agent runs all the
 * same.
 */
export function startViewServer(
  edges: Edges,
  control: ControlSocket,
  stages: AgentStages,
  startedAtS: number,
  emit: Emit,
): ViewServer {
  const { config, scripts, store } = stages;
  const { stateDir } = config();
  const sparklines = createSparklines(edges.clock, stages);
  const live = createLive(edges.clock, status);
  const read = createRoutes({
    status,
    plugin,
    metrics,
    history,
    sparklines: (files) => (config().dashboard.historyS === 0 ? null : sparklines.of(files)),
    page: edges.pageFile,
    servesMetrics: () => config().dashboard.metrics,
    live,
  });
  const page = createDashboardServer(edges, {
    handle: read,
    token: () => edges.keptToken(join(stateDir, 'dashboard-token')),
    hosts: () => [edges.machine.hostname, edges.hostname()],
    linkCommand: stages.commands.link,
    emit,
  });
  const runEnvironment = async (name: string) => {
    const { env, cwd } = await scripts.environmentOf(name);
    return edges.runEnvironment(env, cwd);
  };
  control.answerWith(createControlRoutes(read, { trial: scripts.trial, runEnvironment, pageLink: page.link }));
  page.apply(config().dashboard);

  function status(): StatusNow {
    return statusNow(statusSources(edges, stages, startedAtS, page.url()));
  }

  function plugin(name: string): PluginAnswer {
    return answerFor(name, statusSources(edges, stages, startedAtS, page.url()));
  }

  function history(metric: string, fromS: number, toS: number): Walk<MetricHistory> | null {
    return config().dashboard.historyS === 0 ? null : historyWalk(metric, fromS, toS);
  }

  function* historyWalk(metric: string, fromS: number, toS: number): Walk<MetricHistory> {
    const points = yield* store.history.query(metric, fromS, toS);
    const unit = store.history.seriesOf(metric)?.unit ?? '';
    const marks = marksOn(metric, stages, { fromS, toS });
    return { metric, ...(unit !== '' && { unit }), fromS, toS, ...points, ...(marks.length > 0 && { marks }) };
  }

  function* metrics(prefix: string): Walk<readonly MetricStatus[]> {
    const found: MetricStatus[] = [];
    for (const [index, { name, ...last }] of (yield* store.history.metrics()).entries()) {
      if (index % metricsAStep === 0) yield;
      if (name.startsWith(prefix)) found.push({ metric: name, ...last });
    }
    return found;
  }

  return {
    touched: live.touched,
    async ready() {
      await Promise.all([page.settled(), control.settled()]);
      return page.link();
    },
    status,
    plugin,
    controlSocket: control,
    apply: (next) => page.apply(next.dashboard),
    async close() {
      live.close();
      await Promise.all([page.close(), control.close()]);
    },
  };
}
