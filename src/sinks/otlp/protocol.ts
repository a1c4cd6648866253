/**
 * OTLP metrics, without a socket: what a request says, the JSON of it, and what an answer means.
 * The JSON is the mapping of `ExportMetricsServiceRequest` and its response in
 * open-telemetry/opentelemetry-proto. In it, 64-bit integers are strings of digits, and doubles
 * are numbers.
 */
import type { HttpAnswer } from '../../io/net/http-post.ts';
import type { OtlpEncoding } from '../../model/config.ts';
import type { Sample } from '../../model/sample.ts';
import type { SeriesKind } from '../../model/series.ts';
import { returnedAsRefused } from '../delivery-results.ts';
import { fieldOf, type HttpPeer, type HttpVerdict, judgeAnswer, parseJson, quoteAnswer } from '../http-answer.ts';
import { nameOnHost } from '../name-on-host.ts';

/** What the samples are about, and the `version` of the agent that sends them. */
export type OtlpResource = { readonly hostname: string; readonly serviceName: string; readonly version: string };

/** The instrumentation scope of every request. */
export const scopeName = 'instrument_server';

/** `AGGREGATION_TEMPORALITY_CUMULATIVE` */
export const cumulative = 2;

/**
 * Samples of one name, unit and kind, in the order of the batch. `name` and `unit` are well-formed
 * text.
 */
export type OtlpMetric = {
  readonly name: string;
  readonly unit: string;
  readonly kind: SeriesKind;
  readonly samples: readonly Sample[];
};

/**
 * Returns the samples of a batch by metric, in the order in which the metrics first appear: what a
 * request says, however it is encoded.
 */
export function metricsOf(samples: readonly Sample[], hostname: string): readonly OtlpMetric[] {
  const metrics: OtlpMetric[] = [];
  const plain = new Map<string, Sample[]>(); // gauges without a unit, by name
  const described = new Map<string, Sample[]>(); // by name, kind and unit
  for (const sample of samples) {
    const { metric, series } = sample;
    const ownName = nameOnHost(metric, hostname) ?? metric;
    const name = series?.family == null ? ownName : wellFormed(series.family);
    const isPlain = series === undefined || (series.kind !== 'counter' && series.unit === '');
    const [known, key] = isPlain ? [plain, name] : [described, JSON.stringify([name, series.kind, series.unit])];
    let together = known.get(key);
    if (together === undefined) {
      together = [];
      known.set(key, together);
      metrics.push({ name, unit: wellFormed(series?.unit ?? ''), kind: series?.kind ?? 'gauge', samples: together });
    }
    together.push(sample);
  }
  return metrics;
}

/** Returns a request in JSON that carries all samples. */
export function formatRequest(samples: readonly Sample[], resource: OtlpResource): string {
  const { hostname, serviceName, version } = resource;
  return JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: [attribute('host.name', hostname), attribute('service.name', serviceName)] },
        scopeMetrics: [{ scope: { name: scopeName, version }, metrics: metricsOf(samples, hostname).map(metricJson) }],
      },
    ],
  });
}

/** An OTLP server, and the encoding that it is sent. */
export type OtlpPeer = HttpPeer & { readonly encoding: OtlpEncoding };

/**
 * Returns what `answer` to a batch of `samples` samples means: the rules of `judgeAnswer`, one for
 * a success that names data points it rejected, and one for a server that does not accept the
 * encoding. Never throws.
 */
export function judgeOtlpAnswer(answer: HttpAnswer, peer: OtlpPeer, samples: number, nowMs: number): HttpVerdict {
  const verdict = judgeAnswer(answer, peer, samples, nowMs);
  if (answer.status === 415) {
    const [sent, other] = peer.encoding === 'json' ? ['JSON', 'protobuf'] : ['protobuf', 'json'];
    const words = quoteAnswer(answer, peer.secrets);
    const remedy = `if it does not accept ${sent}, write encoding = ${other} in [sink:otlp]`;
    return returnedAsRefused(`${peer.url} answered 415${words}; ${remedy}`);
  }
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

function metricJson({ name, unit, kind, samples }: OtlpMetric): object {
  const named = unit === '' ? { name } : { name, unit };
  const dataPoints = samples.map(pointJson);
  return kind === 'counter'
    ? { ...named, sum: { aggregationTemporality: cumulative, isMonotonic: true, dataPoints } }
    : { ...named, gauge: { dataPoints } };
}

function pointJson({ value, atS, series }: Sample): object {
  const point = { timeUnixNano: String(unixNano(atS)), asDouble: value };
  const labels = series?.labels ?? [];
  if (labels.length === 0) return point;
  return { attributes: labels.map(([name, text]) => attribute(wellFormed(name), wellFormed(text))), ...point };
}

/** Returns a time in nanoseconds. */
export function unixNano(atS: number): bigint {
  return BigInt(atS) * 1_000_000_000n;
}

/** Returns a text without halves of surrogate pairs, which servers refuse. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

function attribute(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}
