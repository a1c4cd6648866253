/**
 * OTLP metrics as binary protobuf: the same `ExportMetricsServiceRequest` as in JSON, and when its
 * counters began. The numbers are those of the fields in open-telemetry/opentelemetry-proto, where
 * `metrics.proto` also says which fields a point may leave out.
 */
import type { Sample } from '../../model/sample.ts';
import type { Label } from '../../model/series.ts';
import { ProtobufWriter } from '../protobuf.ts';
import type { CounterStarts } from './counter-starts.ts';
import { cumulative, metricsOf, type OtlpMetric, type OtlpResource, scopeName, unixNano } from './protocol.ts';

const request = { resourceMetrics: 1 } as const;
const resourceMetrics = { resource: 1, scopeMetrics: 2 } as const;
const resourceFields = { attributes: 1 } as const;
const scopeMetrics = { scope: 1, metrics: 2 } as const;
const scope = { name: 1, version: 2 } as const;
const metricFields = { name: 1, unit: 3, gauge: 5, sum: 7 } as const;
const data = { points: 1, aggregationTemporality: 2, isMonotonic: 3 } as const; // Gauge and Sum
const point = { startTimeUnixNano: 2, timeUnixNano: 3, asDouble: 4, attributes: 7 } as const;
const keyValue = { key: 1, value: 2 } as const;
const anyValue = { string: 1 } as const;

/**
 * Returns a request that carries all samples, with the same content as in JSON. Besides, points of
 * counters say when their count began; `starts` learns from them.
 */
export function formatProtobufRequest(
  samples: readonly Sample[],
  { hostname, serviceName, version }: OtlpResource,
  starts: CounterStarts,
): Buffer {
  const writer = new ProtobufWriter(1024 + samples.length * 64);
  starts.beginRequest();
  const whole = writer.begin(request.resourceMetrics);
  const resource = writer.begin(resourceMetrics.resource);
  writeAttribute(writer, resourceFields.attributes, ['host.name', hostname]);
  writeAttribute(writer, resourceFields.attributes, ['service.name', serviceName]);
  writer.end(resource);
  const ofScope = writer.begin(resourceMetrics.scopeMetrics);
  const name = writer.begin(scopeMetrics.scope);
  writer.string(scope.name, scopeName);
  writer.string(scope.version, version);
  writer.end(name);
  for (const metric of metricsOf(samples, hostname)) writeMetric(writer, metric, starts);
  writer.end(ofScope);
  writer.end(whole);
  return writer.finish();
}

function writeMetric(writer: ProtobufWriter, metric: OtlpMetric, starts: CounterStarts): void {
  const { name, unit, kind, samples } = metric;
  const whole = writer.begin(scopeMetrics.metrics);
  writer.string(metricFields.name, name);
  if (unit !== '') writer.string(metricFields.unit, unit);
  const points = writer.begin(kind === 'counter' ? metricFields.sum : metricFields.gauge);
  for (const sample of samples) writePoint(writer, sample, kind === 'counter' ? startOf(sample, metric, starts) : null);
  if (kind === 'counter') {
    writer.integer(data.aggregationTemporality, cumulative);
    writer.boolean(data.isMonotonic, true);
  }
  writer.end(points);
  writer.end(whole);
}

function startOf({ atS, value, series }: Sample, { name, unit }: OtlpMetric, starts: CounterStarts): number {
  return starts.startOf(JSON.stringify([name, unit, series?.labels]), atS, value);
}

function writePoint(writer: ProtobufWriter, { value, atS, series }: Sample, startS: number | null): void {
  const whole = writer.begin(data.points);
  if (startS !== null) writer.fixed64(point.startTimeUnixNano, unixNano(startS));
  writer.fixed64(point.timeUnixNano, unixNano(atS));
  writer.double(point.asDouble, value + 0); // -0 is 0, as in JSON
  for (const label of series?.labels ?? []) writeAttribute(writer, point.attributes, label);
  writer.end(whole);
}

function writeAttribute(writer: ProtobufWriter, field: number, [name, text]: Label): void {
  const whole = writer.begin(field);
  writer.string(keyValue.key, name);
  const value = writer.begin(keyValue.value);
  writer.string(anyValue.string, text);
  writer.end(value);
  writer.end(whole);
}
