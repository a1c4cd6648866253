import { proxySecrets } from '../../io/net/proxy.ts';
import { inSteps } from '../../io/walk.ts';
import type { PrometheusSettings } from '../../model/config.ts';
import type { Sink } from '../../model/sink.ts';
import { createHttpSink, type HttpSinkEdges } from '../http-sink.ts';
import { authorizationOf } from '../login.ts';
import { judgeRemoteWriteAnswer, speaksV2, versionHeaders, writeRequest, writeRequestV2 } from './protocol.ts';
import { remoteSeriesWalk } from './series.ts';
import { Snappy } from './snappy.ts';

/**
 * Sends batches by remote write to Prometheus, or to another server that accepts it. With version
 * 2.0 it begins with that, and goes over to 1.0 for good once the server has shown that it does not
 * speak 2.0.
 */
export function createPrometheusSink(
  edges: HttpSinkEdges,
  settings: PrometheusSettings,
  agent: { readonly hostname: string; readonly userAgent: string },
): Sink {
  const { url, login, headers, headersOrigin } = settings;
  const authorization = authorizationOf(login, 'Bearer');
  const values = Object.values(headers);
  const snappy = new Snappy();
  let version = settings.version;
  let isKnownToSpeakV2 = false;
  const peer = {
    url,
    keys: url.endsWith('/api/v1/write')
      ? 'url in [sink:prometheus]'
      : 'url in [sink:prometheus] (/api/v1/write is added only to a URL without a path)',
    login:
      login.kind !== 'none'
        ? { what: login.kind, origin: login.origin }
        : headersOrigin === null
          ? null
          : { what: 'headers', origin: headersOrigin },
    secrets: [
      ...(authorization?.secrets ?? []),
      ...values,
      ...values.flatMap((value) => value.split(' ')),
      ...proxySecrets(settings.proxy),
    ],
  };
  return createHttpSink(edges, {
    name: 'prometheus',
    peer,
    get headers() {
      const own = { 'user-agent': agent.userAgent, ...versionHeaders[version] };
      return { ...headers, ...(authorization && { authorization: authorization.header }), ...own };
    },
    tls: settings.tls,
    compression: 'none', // it has its own: snappy
    proxy: settings.proxy,
    secret: login.kind !== 'none' ? `the ${login.kind}` : values.length > 0 ? 'the headers' : 'the samples',
    async format(samples) {
      const series = await inSteps(remoteSeriesWalk(samples, agent.hostname));
      return snappy.compress(version === '2.0' ? writeRequestV2(series) : writeRequest(series));
    },
    judge(answer, samples, nowMs) {
      if (version === '1.0') return judgeRemoteWriteAnswer({ ...answer, samplesWritten: null }, peer, samples, nowMs);
      if (speaksV2(answer, isKnownToSpeakV2)) {
        isKnownToSpeakV2 ||= answer.samplesWritten !== null;
        return judgeRemoteWriteAnswer(answer, peer, samples, nowMs);
      }
      version = '1.0';
      return 'send-again';
    },
  });
}
