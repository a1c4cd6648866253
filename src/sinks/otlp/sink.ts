import type { OtlpSettings } from '../../model/config.ts';
import type { Sink } from '../../model/sink.ts';
import { createHttpSink, type HttpSinkEdges } from '../http-sink.ts';
import { formatRequest, judgeOtlpAnswer } from './protocol.ts';

/** The agent: `hostname` and `version` are sent with the samples, `userAgent` with the request. */
type OtlpAgent = { readonly hostname: string; readonly version: string; readonly userAgent: string };

/**
 * Sends batches as OTLP/HTTP with JSON, to an OpenTelemetry Collector or any other OTLP server.
 */
export function createOtlpSink(edges: HttpSinkEdges, settings: OtlpSettings, agent: OtlpAgent): Sink {
  const { url, headers, headersOrigin } = settings;
  const values = Object.values(headers);
  const peer = {
    url,
    keys: url.endsWith('/v1/metrics')
      ? 'url in [sink:otlp]'
      : 'url in [sink:otlp] (/v1/metrics is added only to a URL without a path)',
    login: headersOrigin === null ? null : { what: 'headers', origin: headersOrigin },
    // a server may quote the token of `Bearer TOKEN` alone
    secrets: [...values, ...values.flatMap((value) => value.split(' '))],
  };
  const resource = { hostname: agent.hostname, serviceName: settings.serviceName, version: agent.version };
  return createHttpSink(edges, {
    name: 'otlp',
    peer,
    headers: { 'user-agent': agent.userAgent, ...headers, 'content-type': 'application/json' },
    tls: settings.tls,
    compression: settings.compression,
    proxy: settings.proxy,
    secret: values.length === 0 ? 'the samples' : 'the headers',
    format: (samples) => formatRequest(samples, resource),
    judge: (answer, samples, nowMs) => judgeOtlpAnswer(answer, peer, samples, nowMs),
  });
}
