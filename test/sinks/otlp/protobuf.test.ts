import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import { CounterStarts } from '../../../src/sinks/otlp/counter-starts.ts';
import { formatProtobufRequest } from '../../../src/sinks/otlp/protobuf.ts';
import { formatRequest } from '../../../src/sinks/otlp/protocol.ts';
import { anySeries } from '../../helpers/any-series.ts';
import { jsonOfOtlpProtobuf } from '../../helpers/otlp-protobuf.ts';
import { parseOtlpRequest } from '../../helpers/otlp-request.ts';
import { goldenResource, goldenSamples } from './golden.ts';

function golden(name: string): Buffer {
  return readFileSync(new URL(`../../../fixtures/otlp/golden/${name}`, import.meta.url));
}

test('a batch is the same bytes in every version of the agent, in both encodings', () => {
  expect(formatRequest(goldenSamples, goldenResource)).toBe(golden('request.json.txt').toString());
  const bytes = formatProtobufRequest(goldenSamples, goldenResource, new CounterStarts());
  expect(bytes.toString('hex')).toBe(golden('request.pb').toString('hex'));
});

test('counters say when they began: at the first sample, or at the one before they started again', () => {
  const { described, gauges } = parseOtlpRequest(jsonOfOtlpProtobuf(golden('request.pb')));
  const [first, last] = [1_700_000_000_000_000_000n, 1_700_000_060_000_000_000n];
  expect(described.map(({ attributes, value, startNs }) => [attributes['device'], value, startNs])).toEqual([
    ['sda', 7, first],
    ['sé\ufffd', 8.5, first],
    ['sda', 9, first],
    ['sda', 2, last],
    [undefined, -1e21, undefined],
  ]);
  expect(gauges.map(({ name, value }) => [name, value])).toEqual([
    ['mysql.threads', 3],
    ['mysql.threads', 0.25],
    ['old-name.load', 0],
  ]);
});

test('would not pass with a field that OTLP does not have', () => {
  const bytes = golden('request.pb');
  expect(() => jsonOfOtlpProtobuf(bytes)).not.toThrow();
  expect(() => jsonOfOtlpProtobuf(Buffer.concat([bytes, Buffer.from([0x28, 1])]))).toThrow('not known');
  expect(() => jsonOfOtlpProtobuf(bytes.subarray(0, -1))).toThrow();
});

const anySample: fc.Arbitrary<Sample> = fc
  .record({
    name: fc.constantFrom('h.p.a', 'h.p.b', 'other.c', 'h'),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    atS: fc.integer({ min: 1, max: 4e9 }), // the golden request has a 0
    series: fc.option(anySeries, { nil: undefined }),
  })
  .map(({ name, value, atS, series }) => ({
    metric: metricName(name),
    value,
    atS: unixSeconds(atS),
    ...(series && { series }),
  }));

test("says by OTLP's own definitions what the JSON says, and when counters began", () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(fc.array(anySample, { minLength: 1 }), text, text, (samples, serviceName, version) => {
      const resource = { hostname: 'h', serviceName, version };
      const json = JSON.parse(jsonOfOtlpProtobuf(formatProtobufRequest(samples, resource, new CounterStarts())));
      const points = json.resourceMetrics[0].scopeMetrics[0].metrics.flatMap(pointsOf);
      for (const point of points) delete point.startTimeUnixNano;
      expect(json).toEqual(JSON.parse(formatRequest(samples, resource)));
    }),
  );
});

test('each point of a counter has a time at which its count began, not later than its own; no other has one', () => {
  fc.assert(
    fc.property(fc.array(anySample, { minLength: 1 }), (samples) => {
      const bytes = formatProtobufRequest(samples, { ...goldenResource, hostname: 'h' }, new CounterStarts());
      const { described, gauges } = parseOtlpRequest(jsonOfOtlpProtobuf(bytes));
      for (const { kind, atNs, startNs = null } of described) {
        expect(startNs !== null).toBe(kind !== 'gauge');
        expect(startNs ?? 0n).toBeLessThanOrEqual(atNs);
      }
      for (const gauge of gauges) expect(gauge).not.toHaveProperty('startNs');
    }),
  );
});

function pointsOf(metric: Record<string, { dataPoints: { startTimeUnixNano?: string }[] }>) {
  return (metric['gauge'] ?? metric['sum'])?.dataPoints ?? [];
}
