/**
 * OTLP metrics as JSON, without a socket: the JSON mapping of `ExportMetricsServiceRequest` and its response in
 * open-telemetry/opentelemetry-proto. 64-bit integers are strings of digits there, and doubles are numbers.
 */
import type { HttpAnswer } from '../../io/net/http-post.ts';
import type { Sample } from '../../model/sample.ts';
import { fieldOf, type HttpPeer, type HttpVerdict, judgeAnswer, parseJson, quoteAnswer } from '../http-answer.ts';
import { nameOnHost } from '../name-on-host.ts';

/** On whose behalf samples are sent. `version` is ours. */
export type OtlpResource = { readonly hostname: string; readonly serviceName: string; readonly version: string };

type DataPoint = { readonly timeUnixNano: string; readonly asDouble: number };

/** A request that carries all samples as gauges, one a metric name, in the order in which the names first come. */
export function formatRequest(samples: readonly Sample[], resource: OtlpResource): string {
  const points = new Map<string, DataPoint[]>();
  for (const { metric, value, atS } of samples) {
    const name = nameOnHost(metric, resource.hostname) ?? metric;
    const point = { timeUnixNano: String(BigInt(atS) * 1_000_000_000n), asDouble: value };
    const known = points.get(name);
    if (known) known.push(point);
    else points.set(name, [point]);
  }
  const metrics = Array.from(points, ([name, dataPoints]) => ({ name, gauge: { dataPoints } }));
  return JSON.stringify({
    resourceMetrics: [
      {
        resource: {
          attributes: [attribute('host.name', resource.hostname), attribute('service.name', resource.serviceName)],
        },
        scopeMetrics: [{ scope: { name: 'instrument_server', version: resource.version }, metrics }],
      },
    ],
  });
}

/** What `answer` to a batch of `samples` samples means: `judgeAnswer`, and a success that names data points it rejected. Never throws. */
export function judgeOtlpAnswer(answer: HttpAnswer, peer: HttpPeer, samples: number, nowMs: number): HttpVerdict {
  const verdict = judgeAnswer(answer, peer, samples, nowMs);
  const points = rejectedBy(answer);
  if (verdict.kind !== 'accepted' || !(points > 0)) return verdict;
  const detail = `${peer.url} answered ${answer.status} and rejected data points${quoteAnswer(answer, peer.secrets)}`;
  return { kind: 'dropped', samples: Math.min(points, samples), detail };
}

/** How many data points an answer rejects, which it may say in a string or a number; NaN: it does not say. */
function rejectedBy({ text, isWhole }: HttpAnswer): number {
  if (!isWhole) return Number(/"rejectedDataPoints"\s*:\s*"?(\d+)/.exec(text)?.[1]); // cut, it is no JSON
  return Number(fieldOf(fieldOf(parseJson(text), 'partialSuccess'), 'rejectedDataPoints'));
}

function attribute(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}
