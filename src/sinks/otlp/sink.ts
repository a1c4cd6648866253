import type { HttpPost } from '../../io/net/http-post.ts';
import { proxySecrets } from '../../io/net/proxy.ts';
import type { OtlpEncoding, OtlpSettings } from '../../model/config.ts';
import type { Sample } from '../../model/sample.ts';
import type { Sink } from '../../model/sink.ts';
import { createHttpSink, type HttpSinkEdges, type HttpSinkPlan } from '../http-sink.ts';
import { CounterStarts } from './counter-starts.ts';
import { formatProtobufRequest } from './protobuf.ts';
import { readProtobufAnswer } from './protobuf-answer.ts';
import { formatRequest, judgeOtlpAnswer, type OtlpResource } from './protocol.ts';

/** The agent: `hostname` and `version` are sent with the samples, `userAgent` with the request. */
type OtlpAgent = { readonly hostname: string; readonly version: string; readonly userAgent: string };

/** One encoding: what it writes, and what it learns from a request that has arrived. */
type RequestFormat = {
  readonly contentType: string;
  readonly format: HttpSinkPlan['format'];
  readonly settle: () => void;
};

/**
 * Sends batches as OTLP/HTTP, to an OpenTelemetry Collector or any other OTLP server, in the
 * encoding that the settings name.
 */
export function createOtlpSink(edges: HttpSinkEdges, settings: OtlpSettings, agent: OtlpAgent): Sink {
  const { url, encoding, headers, headersOrigin } = settings;
  const values = Object.values(headers);
  const peer = {
    url,
    keys: url.endsWith('/v1/metrics')
      ? 'url in [sink:otlp]'
      : 'url in [sink:otlp] (/v1/metrics is added only to a URL without a path)',
    login: headersOrigin === null ? null : { what: 'headers', origin: headersOrigin },
    // a server may quote the token of `Bearer TOKEN` alone
    secrets: [...values, ...values.flatMap((value) => value.split(' ')), ...proxySecrets(settings.proxy)],
    encoding,
  };
  const { contentType, format, settle } = formatOf(encoding, {
    hostname: agent.hostname,
    serviceName: settings.serviceName,
    version: agent.version,
  });
  return createHttpSink(
    { ...edges, httpPost: readingProtobuf(edges.httpPost) },
    {
      name: 'otlp',
      peer,
      headers: { 'user-agent': agent.userAgent, ...headers, 'content-type': contentType },
      tls: settings.tls,
      compression: settings.compression,
      proxy: settings.proxy,
      secret: values.length === 0 ? 'the samples' : 'the headers',
      format,
      judge(answer, samples, nowMs) {
        const verdict = judgeOtlpAnswer(answer, peer, samples, nowMs);
        if (verdict.kind === 'accepted' || (verdict.kind === 'dropped' && verdict.samples < samples)) settle();
        return verdict;
      },
    },
  );
}

function formatOf(encoding: OtlpEncoding, resource: OtlpResource): RequestFormat {
  if (encoding === 'json')
    return {
      contentType: 'application/json',
      format: (samples) => formatRequest(samples, resource),
      settle: () => {}, // JSON says nothing that depends on earlier requests
    };
  const starts = new CounterStarts();
  return {
    contentType: 'application/x-protobuf',
    format: (samples: readonly Sample[]) => formatProtobufRequest(samples, resource, starts),
    settle: () => starts.keepRequest(),
  };
}

/** Posts, and reads what the answer says in protobuf. */
function readingProtobuf(post: HttpPost): HttpPost {
  return (clock, request, onDone) =>
    post(clock, request, (outcome) =>
      onDone(
        outcome.kind === 'answered'
          ? { ...outcome, answer: readProtobufAnswer(outcome.answer, outcome.body) }
          : outcome,
      ),
    );
}
