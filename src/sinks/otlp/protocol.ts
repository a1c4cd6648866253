/**
 * OTLP metrics as JSON, without a socket: the JSON mapping of `ExportMetricsServiceRequest` and
 * its response in open-telemetry/opentelemetry-proto. In it, 64-bit integers are strings of
 * digits, and doubles are numbers.
 */
import type { HttpAnswer } from '../../io/net/http-post.ts';
import type { Sample } from '../../model/sample.ts';
import type { Series } from '../../model/series.ts';
import { fieldOf, type HttpPeer, type HttpVerdict, judgeAnswer, parseJson, quoteAnswer } from '../http-answer.ts';
import { nameOnHost } from '../name-on-host.ts';

/** What the samples are about, and the `version` of the agent that sends them. */
export type OtlpResource = { readonly hostname: string; readonly serviceName: string; readonly version: string };

type DataPoint = {
  readonly attributes?: readonly object[];
  readonly timeUnixNano: string;
  readonly asDouble: number;
};

/**
 * Returns a request that carries all samples. Each metric, which is a name with a kind and a unit,
 * has one list of data points, in the order in which the metrics first appear.
 */
export function formatRequest(samples: readonly Sample[], resource: OtlpResource): string {
  const metrics: object[] = [];
  const gauges = new Map<string, DataPoint[]>(); // without a unit, by name
  const described = new Map<string, DataPoint[]>(); // by name, kind and unit
  for (const { metric, value, atS, series } of samples) {
    const point = { timeUnixNano: String(BigInt(atS) * 1_000_000_000n), asDouble: value };
    const ownName = nameOnHost(metric, resource.hostname) ?? metric;
    const name = series?.family == null ? ownName : wellFormed(series.family);
    const isPlain = series === undefined || (series.kind !== 'counter' && series.unit === '');
    const [known, key] = isPlain ? [gauges, name] : [described, JSON.stringify([name, series.kind, series.unit])];
    let points = known.get(key);
    if (points === undefined) {
      points = [];
      known.set(key, points);
      metrics.push(isPlain ? { name, gauge: { dataPoints: points } } : describedMetric(name, series, points));
    }
    points.push(
      series === undefined || series.labels.length === 0 ? point : { attributes: attributesOf(series), ...point },
    );
  }
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

function describedMetric(name: string, { kind, unit }: Series, dataPoints: readonly DataPoint[]): object {
  const named = unit === '' ? { name } : { name, unit: wellFormed(unit) };
  return kind === 'counter'
    ? { ...named, sum: { aggregationTemporality: cumulative, isMonotonic: true, dataPoints } }
    : { ...named, gauge: { dataPoints } };
}

/** `AGGREGATION_TEMPORALITY_CUMULATIVE` */
const cumulative = 2;

function attributesOf({ labels }: Series): readonly object[] {
  return labels.map(([name, value]) => attribute(wellFormed(name), wellFormed(value)));
}

/** Returns a text without halves of surrogate pairs, which servers refuse. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

function attribute(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}
