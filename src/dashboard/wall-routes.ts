import type { Handle, HttpReply } from '../io/net/http-server.ts';
import { WalkQueue } from '../io/walk.ts';
import type { MetricHistory, MetricStatus, Sparkline } from '../model/metric.ts';
import { isOfPlugin } from '../model/series.ts';
import type { Walk } from '../model/walk.ts';
import { filesOf, type HistoryQuery, historyQuery } from './history-query.ts';
import type { Live } from './live.ts';
import { aroundPlugins, jsonReply, listReplyWalk, textReply } from './reply.ts';
import type { ViewRequests } from './routes.ts';
import { wallStatusNow } from './wall-status.ts';

/** The answers that a wall screen asks for. `live` sends what `wallStatusNow` returns. */
export type WallRequests = Pick<ViewRequests, 'status' | 'metrics' | 'history' | 'sparklines' | 'page'> & {
  readonly live: Live;
};

/**
 * Creates the routes of a wall screen: `/`, `/status.json`, `/events`, `/metrics.json`,
 * `/history.json`, `/sparklines.json` and the files of the page. Every document is made here field
 * by field, of names, states, numbers and times: no output or stderr of a plugin, no path, no
 * command and no address is in one. `/plugin.json` and `/metrics` are refused with 403.
 */
export function createWallRoutes(view: WallRequests): Handle {
  const [statuses, metrics, histories, sparklines] = [
    new WalkQueue<HttpReply>('urgent'),
    new WalkQueue<HttpReply>(),
    new WalkQueue<HttpReply>(),
    new WalkQueue<HttpReply>(),
  ];
  return ({ method, path, query }) => {
    if (method !== 'GET' && method !== 'HEAD')
      return textReply(405, 'only GET is answered here', { allow: 'GET, HEAD' });
    switch (path) {
      case '/status.json':
        return statuses.run('status', () => statusWalk(view));
      case '/events':
        return view.live.follow();
      case '/metrics.json': {
        const prefix = query.get('prefix') ?? '';
        return metrics.run(prefix, () => metricsWalk(view, prefix));
      }
      case '/history.json': {
        const wanted = historyQuery(query);
        if (wanted === null) return textReply(400, 'expected a metric and two unix times');
        return histories.run(`${wanted.metric} ${wanted.fromS} ${wanted.toS}`, () => historyWalk(view, wanted));
      }
      case '/sparklines.json': {
        const names = query.get('names') ?? '';
        const files = filesOf(names);
        return files === null
          ? textReply(400, 'expected 1 to 120 names of files and directories')
          : sparklines.run(names, () => sparklinesWalk(view, files));
      }
      case '/plugin.json':
      case '/metrics':
        return textReply(403, 'the link of the wall does not show this');
      default: {
        const file = view.page(path === '/' ? '/web/wall.html' : path);
        if (file === null) return textReply(404, 'there is nothing here');
        return { status: 200, headers: { 'content-type': file.type }, body: file.body };
      }
    }
  };
}

function* statusWalk(view: WallRequests): Walk<HttpReply> {
  const { agent, plugins } = wallStatusNow(view.status());
  return yield* listReplyWalk(plugins, aroundPlugins(agent));
}

function* metricsWalk(view: WallRequests, prefix: string): Walk<HttpReply> {
  const metrics = yield* view.metrics(prefix);
  return yield* listReplyWalk(metrics.filter(({ series }) => !isOfPlugin(series)).map(wallMetric));
}

function* historyWalk(view: WallRequests, { metric, fromS, toS }: HistoryQuery): Walk<HttpReply> {
  const walk = view.history(metric, fromS, toS);
  return walk === null ? textReply(404, 'no history is kept') : jsonReply(wallHistory(yield* walk));
}

function* sparklinesWalk(view: WallRequests, files: ReadonlySet<string>): Walk<HttpReply> {
  const walk = view.sparklines(files);
  return walk === null ? textReply(404, 'no history is kept') : jsonReply((yield* walk).map(wallSparkline));
}

/** A unit may be a word that a plugin printed, and so it is left out, as labels are. */
function wallMetric({ metric, lastAtS, lastValue }: MetricStatus): MetricStatus {
  return { metric, lastAtS, lastValue };
}

function wallSparkline({ file, metric, points }: Sparkline): Sparkline {
  return { file, metric, points };
}

function wallHistory({ metric, fromS, toS, stepS, points }: MetricHistory): MetricHistory {
  return { metric, fromS, toS, stepS, points };
}
