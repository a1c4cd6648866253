import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeMessage, readSchema } from './proto-json.ts';

const folder = fileURLToPath(new URL('../../fixtures/otlp/', import.meta.url));
const protos = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.proto'));

/** OTLP's own definitions, as they stand in `fixtures/otlp`. */
export const otlpSchema = readSchema(protos.map((name) => readFileSync(`${folder}${name}`, 'utf8')));

/**
 * What an OTLP metrics request says. `resource` has its attributes, `scope` its name and version.
 */
export type OtlpRequest = {
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: Readonly<Record<string, string>>;
  readonly gauges: readonly { readonly name: string; readonly atNs: bigint; readonly value: number }[];
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
  let key = '';
  let name = '';
  let atNs = -1n;
  for (const { path, value } of leaves) {
    const [, place] = /^ExportMetricsServiceRequest\.resourceMetrics\[0\]\.(.*)$/.exec(path) ?? [];
    const word = path.split('.').at(-1) ?? '';
    if (/^resource\.attributes\[\d+\]\.key$/.test(place ?? '')) key = String(value);
    else if (/^resource\.attributes\[\d+\]\.value\.stringValue$/.test(place ?? '')) resource[key] = String(value);
    else if (/^scopeMetrics\[0\]\.scope\.\w+$/.test(place ?? '')) scope[word] = String(value);
    else if (/^scopeMetrics\[0\]\.metrics\[\d+\]\.name$/.test(place ?? '')) name = String(value);
    else if (word === 'timeUnixNano' && typeof value === 'bigint') atNs = value;
    else if (/\.gauge\.dataPoints\[\d+\]\.asDouble$/.test(place ?? '') && typeof value === 'number')
      gauges.push({ name, atNs, value });
    else throw new Error(`${path} was not expected`);
  }
  return { resource, scope, gauges };
}
