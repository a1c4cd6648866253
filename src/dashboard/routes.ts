import type { Handle, HttpReply, IncomingRequest } from '../io/net/http-server.ts';
import { WalkQueue } from '../io/walk.ts';
import type { MetricHistory, MetricStatus, Sparkline } from '../model/metric.ts';
import { isOfPlugin } from '../model/series.ts';
import type { PluginAnswer, StatusNow } from '../model/status.ts';
import type { Walk } from '../model/walk.ts';
import { filesOf, historyQuery } from './history-query.ts';
import type { Live } from './live.ts';
import { prometheusWalk } from './prometheus.ts';
import { aroundPlugins, jsonReply, listReplyWalk, textReply } from './reply.ts';

/** The questions that the agent answers; none of them changes it. Long answers are walks. */
export type ViewRequests = {
  status(): StatusNow;
  /** Everything about the plugins that `name` selects. */
  plugin(name: string): PluginAnswer;
  /** The metrics with recent samples whose names begin with `prefix`. */
  metrics(prefix: string): Walk<readonly MetricStatus[]>;
  /** The values of a metric between two unix times, in seconds; null if no history is kept. */
  history(metric: string, fromS: number, toS: number): Walk<MetricHistory> | null;
  /** The most telling metric of each plugin among these files; null if no history is kept. */
  sparklines(files: ReadonlySet<string>): Walk<readonly Sparkline[]> | null;
  /** The file of the page at this path; null if there is none. */
  page(path: string): { readonly type: string; readonly body: Uint8Array } | null;
  /** Whether `/metrics` is served. */
  servesMetrics(): boolean;
  readonly live: Live;
};

/**
 * Creates the routes that the control socket and the port of the page have in common: the page at
 * `/`, `/status.json`, `/plugin.json?name=NAME`, `/events`, `/metrics.json?prefix=PREFIX`,
 * `/history.json?metric=…&from=…&to=…`, `/sparklines.json?names=FILE/FILE…` and `/metrics`. No
 * request to them changes the agent. Of each kind of long answer, one is made at a time; equal
 * requests share it.
 */
export function createRoutes(view: ViewRequests): Handle {
  const [statuses, metrics, histories, sparklines] = [
    new WalkQueue<HttpReply>('urgent'),
    new WalkQueue<HttpReply>(),
    new WalkQueue<HttpReply>(),
    new WalkQueue<HttpReply>(),
  ];
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return textReply(405, 'only GET is answered here', { allow: 'GET, HEAD' });
    switch (request.path) {
      case '/status.json':
        return statuses.run('status', () => statusReplyWalk(view));
      case '/plugin.json': {
        const name = request.query.get('name') ?? '';
        return name === '' ? textReply(400, 'expected /plugin.json?name=NAME') : jsonReply(view.plugin(name));
      }
      case '/events':
        return view.live.follow();
      case '/metrics.json': {
        const prefix = request.query.get('prefix') ?? '';
        return metrics.run(`.json ${prefix}`, () => metricsWalk(view, prefix));
      }
      case '/history.json':
        return history(view, histories, request);
      case '/sparklines.json':
        return sparklinesReply(view, sparklines, request.query.get('names') ?? '');
      case '/metrics':
        if (!view.servesMetrics())
          return textReply(404, 'metrics are not served; set metrics = true under [dashboard]');
        return metrics.run('', () => exportWalk(view));
      default:
        return page(view, request.path);
    }
  };
}

function* statusReplyWalk(view: ViewRequests): Walk<HttpReply> {
  const { agent, plugins } = view.status();
  return yield* listReplyWalk(plugins, aroundPlugins(agent));
}

function* metricsWalk(view: ViewRequests, prefix: string): Walk<HttpReply> {
  const metrics = yield* view.metrics(prefix);
  return yield* listReplyWalk(metrics.filter(({ series }) => !isOfPlugin(series)));
}

function* exportWalk(view: ViewRequests): Walk<HttpReply> {
  const parts = yield* prometheusWalk(yield* view.metrics(''), view.status());
  return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, parts };
}

const noHistory = textReply(
  404,
  'no history is kept; set history = 7d under [dashboard], or remove the line (7d is the default)',
);

function history(
  view: ViewRequests,
  histories: WalkQueue<HttpReply>,
  { query }: IncomingRequest,
): HttpReply | Promise<HttpReply> {
  const wanted = historyQuery(query);
  if (wanted === null) return textReply(400, 'expected /history.json?metric=NAME&from=UNIX_TIME&to=UNIX_TIME');
  const { metric, fromS, toS } = wanted;
  return histories.run(`${metric} ${fromS} ${toS}`, function* () {
    const walk = view.history(metric, fromS, toS);
    return walk === null ? noHistory : jsonReply(yield* walk);
  });
}

function sparklinesReply(
  view: ViewRequests,
  queue: WalkQueue<HttpReply>,
  text: string,
): HttpReply | Promise<HttpReply> {
  const files = filesOf(text);
  if (files === null)
    return textReply(400, 'expected /sparklines.json?names=FILE/FILE… with 1 to 120 names of files and directories');
  return queue.run(text, function* () {
    const walk = view.sparklines(files);
    return walk === null ? noHistory : jsonReply(yield* walk);
  });
}

function page(view: ViewRequests, path: string): HttpReply {
  const file = view.page(path);
  if (file === null) return textReply(404, 'there is nothing here; try / or /status.json');
  return { status: 200, headers: { 'content-type': file.type }, body: file.body };
}
