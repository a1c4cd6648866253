/**
 * OTLP metrics as JSON, without a socket: the JSON mapping of `ExportMetricsServiceRequest` and
 * its response in open-telemetry/opentelemetry-proto. In it, 64-bit integers are strings of
 * digits, and doubles are numbers.
 */
import type { HttpAnswer } from '../../io/net/http-post.ts';
import type { Sample } from '../../model/sample.ts';
import { fieldOf, type HttpPeer, type HttpVerdict, judgeAnswer, parseJson, quoteAnswer } from '../http-answer.ts';
import { nameOnHost } from '../name-on-host.ts';

/** What the samples are about, and the `version` of the agent that sends them. */
export type OtlpResource = { readonly hostname: string; readonly serviceName: string; readonly version: string };

type DataPoint = { readonly timeUnixNano: string; readonly asDouble: number };

/**
 * Returns a request that carries all samples as gauges. Each metric name has one gauge, in the
 * order in which the names first appear.
 */
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

/**
 * Returns what `answer` to a batch of `samples` samples means: the rules of `judgeAnswer`, and one
 * for a success that names data points it rejected. Never throws.
 */
export function judgeOtlpAnswer(answer: HttpAnswer, peer: HttpPeer, samples: number, nowMs: number): HttpVerdict {
  const verdict = judgeAnswer(answer, peer, samples, nowMs);
  const points = rejectedBy(answer);
  if (verdict.kind !== 'accepted' || !(points > 0)) return verdict;
  const detail = `${peer.url} answered ${answer.status} and rejected data points${quoteAnswer(answer, peer.secrets)}`;
  return { kind: 'dropped', samples: Math.min(points, samples), detail };
}

/**
 * Returns how many data points an answer rejects, as text or number in it; NaN: it does not say.
 */
function rejectedBy({ text, isWhole }: HttpAnswer): number {
  if (!isWhole) return Number(/"rejectedDataPoints"\s*:\s*"?(\d+)/.exec(text)?.[1]); // a cut answer can't be parsed
  return Number(fieldOf(fieldOf(parseJson(text), 'partialSuccess'), 'rejectedDataPoints'));
}

function attribute(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}
