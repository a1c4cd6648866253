import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const folder = fileURLToPath(new URL('../../fixtures/otlp/', import.meta.url));

/** OTLP's own definitions and Google's of a status, as they stand in `fixtures/otlp`. */
const definitions = new protobuf.Root();
definitions.resolvePath = (_origin, target) => `${folder}${target}`;
definitions.loadSync(['opentelemetry/proto/collector/metrics/v1/metrics_service.proto', 'google/rpc/status.proto']);

/**
 * What a server may say of a request with a 2xx: `ExportMetricsServiceResponse` since OTLP 0.19,
 * by its specification. The definitions in `fixtures/otlp` are older and have no fields here.
 */
const response = protobuf
  .parse(`
    syntax = "proto3";
    message ExportMetricsServiceResponse { ExportMetricsPartialSuccess partial_success = 1; }
    message ExportMetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; }`)
  .root.lookupType('ExportMetricsServiceResponse');

const request = definitions.lookupType('opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest');
const status = definitions.lookupType('google.rpc.Status');

/**
 * Returns the JSON mapping of a request in protobuf, in the order that `parseOtlpRequest` reads.
 * The time of a point is there even if it is 0, which protobuf does not tell from none. Throws if
 * the bytes are not a request by OTLP's own definitions, or hold a field that these do not know.
 */
export function jsonOfOtlpProtobuf(bytes: Uint8Array): string {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  const message = request.decode(reader);
  if (holdsUnknown(message)) throw new Error('a field is not known');
  return JSON.stringify(request.toObject(message, { longs: String }), (_key, value) => inOrder(value));
}

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { asDouble, dataPoints, ...others } = Object.assign({ asDouble: undefined, dataPoints: undefined }, value);
  if (asDouble !== undefined) return { timeUnixNano: '0', ...others, asDouble };
  return dataPoints === undefined ? value : { ...others, dataPoints };
}

function holdsUnknown(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return '$unknowns' in value || Object.values(value).some(holdsUnknown);
}

/** Returns an answer to a request: what a server says of points that it rejects. */
export function otlpResponse(partialSuccess?: {
  readonly rejectedDataPoints?: number;
  readonly errorMessage?: string;
}): Buffer {
  return Buffer.from(response.encode(response.fromObject({ partialSuccess })).finish());
}

/** Returns the answer of a server that failed, or that refuses a request. */
export function rpcStatus(fields: { readonly code?: number; readonly message?: string }): Buffer {
  return Buffer.from(status.encode(status.fromObject(fields)).finish());
}
