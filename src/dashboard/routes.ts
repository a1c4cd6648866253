import type { Handle, HttpReply, IncomingRequest } from '../io/net/http-server.ts';
import type { MetricHistory, MetricStatus, PluginAnswer, Status } from '../model/status.ts';
import type { Live } from './live.ts';
import { prometheusText } from './prometheus.ts';
import { jsonReply, textReply } from './reply.ts';

/** What can be asked of the agent. */
export type ViewRequests = {
  status(): Status;
  /** Everything about the plugins that a name selects. */
  plugin(name: string): PluginAnswer;
  /** The metrics whose names begin so, that were sampled lately. */
  metrics(prefix: string): readonly MetricStatus[];
  /** A metric between two times, in unix seconds; null: no history is kept. */
  history(metric: string, fromS: number, toS: number): MetricHistory | null;
  /** A file of the page, by its path; null: there is none. */
  page(path: string): { readonly type: string; readonly body: Uint8Array } | null;
  /** Whether `/metrics` is served. */
  servesMetrics(): boolean;
  readonly live: Live;
};

/**
 * The agent's answers, on the control socket and on the page's port alike: the page at `/`, `/status.json`, `/plugin.json?name=NAME`, `/events`,
 * `/metrics.json?prefix=PREFIX`, `/history.json?metric=…&from=…&to=…` and `/metrics`. Nothing asked here changes the agent.
 */
export function createRoutes(asking: ViewRequests): Handle {
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return textReply(405, 'only GET is answered here', { allow: 'GET, HEAD' });
    switch (request.path) {
      case '/status.json':
        return jsonReply(asking.status());
      case '/plugin.json': {
        const name = request.query.get('name') ?? '';
        return name === '' ? textReply(400, 'expected /plugin.json?name=NAME') : jsonReply(asking.plugin(name));
      }
      case '/events':
        return asking.live.follow();
      case '/metrics.json':
        return jsonReply(asking.metrics(request.query.get('prefix') ?? ''));
      case '/history.json':
        return history(asking, request);
      case '/metrics':
        return metrics(asking);
      default:
        return page(asking, request.path);
    }
  };
}

function history(asking: ViewRequests, { query }: IncomingRequest): HttpReply {
  const metric = query.get('metric') ?? '';
  const [fromS, toS] = [secondsOf(query.get('from')), secondsOf(query.get('to'))];
  if (metric === '' || fromS === null || toS === null || fromS > toS)
    return textReply(400, 'expected /history.json?metric=NAME&from=UNIX_TIME&to=UNIX_TIME');
  const found = asking.history(metric, fromS, toS);
  return found === null
    ? textReply(404, 'no history is kept; set history = 7d under [dashboard], or leave it out for that')
    : jsonReply(found);
}

function secondsOf(word: string | undefined): number | null {
  return word !== undefined && /^\d{1,12}(\.\d+)?$/.test(word) ? Number(word) : null;
}

function metrics(asking: ViewRequests): HttpReply {
  if (!asking.servesMetrics()) return textReply(404, 'metrics are not served; set metrics = true under [dashboard]');
  const body = prometheusText(asking.metrics(''), asking.status());
  return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body };
}

function page(asking: ViewRequests, path: string): HttpReply {
  const file = asking.page(path);
  if (file === null) return textReply(404, 'there is nothing here; try / or /status.json');
  return { status: 200, headers: { 'content-type': file.type }, body: file.body };
}
