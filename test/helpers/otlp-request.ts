import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeMessage, readSchema } from './proto-json.ts';

const folder = fileURLToPath(new URL('../../fixtures/otlp/', import.meta.url));
const protos = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.proto'));

/** OTLP's own definitions, as they stand in `fixtures/otlp`. */
export const otlpSchema = readSchema(protos.map((name) => readFileSync(`${folder}${name}`, 'utf8')));

/** A data point of a metric with attributes, a unit, or another kind than a gauge. */
type DescribedPoint = {
  readonly name: string;
  readonly unit: string;
  /** `sum 2 true`: cumulative and monotonic. */
  readonly kind: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly atNs: bigint;
  readonly value: number;
  /** When its count began; missing: the point does not say. */
  readonly startNs?: bigint;
};

/**
 * What an OTLP metrics request says. `resource` has its attributes, `scope` its name and version.
 * `gauges` are the points that say nothing but name, time and value, `described` the others.
 */
export type OtlpRequest = {
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: Readonly<Record<string, string>>;
  readonly gauges: readonly { readonly name: string; readonly atNs: bigint; readonly value: number }[];
  readonly described: readonly DescribedPoint[];
};

/**
 * Reads a request of one resource and one scope by OTLP's definitions. Throws where it is not one
 * by the strict rules of the JSON mapping.
 */
export function parseOtlpRequest(body: string): OtlpRequest {
  const leaves = decodeMessage(
    otlpSchema,
    'opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest',
    JSON.parse(body),
  );
  const resource: Record<string, string> = {};
  const scope: Record<string, string> = {};
  const gauges: { name: string; atNs: bigint; value: number }[] = [];
  const described: DescribedPoint[] = [];
  let key = '';
  let [name, unit, kind] = ['', '', 'gauge'];
  let attributes: [name: string, value: string][] = [];
  let atNs = -1n;
  let start: { readonly startNs?: bigint } = {};
  for (const { path, value } of leaves) {
    const [, place] = /^ExportMetricsServiceRequest\.resourceMetrics\[0\]\.(.*)$/.exec(path) ?? [];
    const word = path.split('.').at(-1) ?? '';
    if (/^resource\.attributes\[\d+\]\.key$/.test(place ?? '')) key = String(value);
    else if (/^resource\.attributes\[\d+\]\.value\.stringValue$/.test(place ?? '')) resource[key] = String(value);
    else if (/^scopeMetrics\[0\]\.scope\.\w+$/.test(place ?? '')) scope[word] = String(value);
    else if (/^scopeMetrics\[0\]\.metrics\[\d+\]\.name$/.test(place ?? ''))
      [name, unit, kind] = [String(value), '', 'gauge'];
    else if (/\.metrics\[\d+\]\.unit$/.test(place ?? '')) unit = String(value);
    else if (/\.sum\.aggregationTemporality$/.test(place ?? '')) kind = `sum ${value}`;
    else if (/\.sum\.isMonotonic$/.test(place ?? '')) kind = `${kind} ${value}`;
    else if (/\.dataPoints\[\d+\]\.attributes\[\d+\]\.key$/.test(place ?? '')) key = String(value);
    else if (/\.attributes\[\d+\]\.value\.stringValue$/.test(place ?? '')) attributes.push([key, String(value)]);
    else if (word === 'startTimeUnixNano' && typeof value === 'bigint') start = { startNs: value };
    else if (word === 'timeUnixNano' && typeof value === 'bigint') atNs = value;
    else if (/\.(gauge|sum)\.dataPoints\[\d+\]\.asDouble$/.test(place ?? '') && typeof value === 'number') {
      if (unit === '' && kind === 'gauge' && attributes.length === 0) gauges.push({ name, atNs, value, ...start });
      else described.push({ name, unit, kind, attributes: Object.fromEntries(attributes), atNs, value, ...start });
      [attributes, start] = [[], {}];
    } else throw new Error(`${path} was not expected`);
  }
  return { resource, scope, gauges, described };
}
