import { proxySecrets } from '../../io/net/proxy.ts';
import type { InfluxSettings } from '../../model/config.ts';
import type { Sink } from '../../model/sink.ts';
import { createHttpSink, type HttpSinkEdges } from '../http-sink.ts';
import { authorizationOf } from '../login.ts';
import { influxLine, judgeInfluxAnswer, writeUrl } from './protocol.ts';

/**
 * Sends batches to an InfluxDB, or to another server that speaks its line protocol over HTTP.
 * `userAgent` is the agent's name in requests.
 */
export function createInfluxSink(
  edges: HttpSinkEdges,
  settings: InfluxSettings,
  agent: { hostname: string; userAgent: string },
): Sink {
  const { into, login } = settings;
  const authorization = authorizationOf(login, 'Token');
  const peer = {
    url: writeUrl(settings),
    keys: into.kind === 'database' ? 'url or database in [sink:influx]' : 'url, bucket or org in [sink:influx]',
    login: login.kind === 'none' ? null : { what: login.kind, origin: login.origin },
    secrets: [...(authorization?.secrets ?? []), ...proxySecrets(settings.proxy)],
  };
  return createHttpSink(edges, {
    name: 'influx',
    peer,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'user-agent': agent.userAgent,
      ...(authorization && { authorization: authorization.header }),
    },
    tls: settings.tls,
    compression: settings.compression,
    proxy: settings.proxy,
    secret: login.kind === 'none' ? 'the samples' : `the ${login.kind}`,
    format: (samples) => samples.map((sample) => `${influxLine(sample, agent.hostname)}\n`).join(''),
    judge: (answer, samples, nowMs) => judgeInfluxAnswer(answer, peer, samples, nowMs),
  });
}
