import type { Handle, HttpReply, IncomingRequest } from '../io/net/http-server.ts';
import type { MetricHistory, MetricStatus, PluginAnswer, Status } from '../model/status.ts';
import type { Live } from './live.ts';
import { prometheusText } from './prometheus.ts';
import { jsonReply, textReply } from './reply.ts';

/** The questions that the agent answers; none of them changes it. */
export type ViewRequests = {
  status(): Status;
  /** Everything about the plugins that `name` selects. */
  plugin(name: string): PluginAnswer;
  /** The metrics with recent samples whose names begin with `prefix`. */
  metrics(prefix: string): readonly MetricStatus[];
  /** The values of a metric between two unix times, in seconds; null if no history is kept. */
  history(metric: string, fromS: number, toS: number): MetricHistory | null;
  /** The file of the page at this path; null if there is none. */
  page(path: string): { readonly type: string; readonly body: Uint8Array } | null;
  /** Whether `/metrics` is served. */
  servesMetrics(): boolean;
  readonly live: Live;
};

/**
 * Creates the routes that the control socket and the port of the page have in common: the page at
 * `/`, `/status.json`, `/plugin.json?name=NAME`, `/events`, `/metrics.json?prefix=PREFIX`,
 * `/history.json?metric=…&from=…&to=…` and `/metrics`. No request to them changes the agent.
 */
export function createRoutes(view: ViewRequests): Handle {
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return textReply(405, 'only GET is answered here', { allow: 'GET, HEAD' });
    switch (request.path) {
      case '/status.json':
        return jsonReply(view.status());
      case '/plugin.json': {
        const name = request.query.get('name') ?? '';
        return name === '' ? textReply(400, 'expected /plugin.json?name=NAME') : jsonReply(view.plugin(name));
      }
      case '/events':
        return view.live.follow();
      case '/metrics.json':
        return jsonReply(view.metrics(request.query.get('prefix') ?? ''));
      case '/history.json':
        return history(view, request);
      case '/metrics':
        return metrics(view);
      default:
        return page(view, request.path);
    }
  };
}

function history(view: ViewRequests, { query }: IncomingRequest): HttpReply {
  const metric = query.get('metric') ?? '';
  const [fromS, toS] = [secondsOf(query.get('from')), secondsOf(query.get('to'))];
  if (metric === '' || fromS === null || toS === null || fromS > toS)
    return textReply(400, 'expected /history.json?metric=NAME&from=UNIX_TIME&to=UNIX_TIME');
  const found = view.history(metric, fromS, toS);
  return found === null
    ? textReply(404, 'no history is kept; set history = 7d under [dashboard], or remove the line (7d is the default)')
    : jsonReply(found);
}

function secondsOf(word: string | undefined): number | null {
  return word !== undefined && /^\d{1,12}(\.\d+)?$/.test(word) ? Number(word) : null;
}

function metrics(view: ViewRequests): HttpReply {
  if (!view.servesMetrics()) return textReply(404, 'metrics are not served; set metrics = true under [dashboard]');
  const body = prometheusText(view.metrics(''), view.status());
  return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body };
}

function page(view: ViewRequests, path: string): HttpReply {
  const file = view.page(path);
  if (file === null) return textReply(404, 'there is nothing here; try / or /status.json');
  return { status: 200, headers: { 'content-type': file.type }, body: file.body };
}
