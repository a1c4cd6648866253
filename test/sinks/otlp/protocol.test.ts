import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../src/io/net/http-post.ts';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import type { Series } from '../../../src/model/series.ts';
import { formatRequest, judgeOtlpAnswer } from '../../../src/sinks/otlp/protocol.ts';
import { anySeries } from '../../helpers/any-series.ts';
import { otlpSchema, parseOtlpRequest } from '../../helpers/otlp-request.ts';
import { decodeMessage } from '../../helpers/proto-json.ts';

const resource = { hostname: 'web-1', serviceName: 'checks', version: '2.0.0' };

describe('a request', () => {
  test('is one resource with one scope, and a gauge for each metric name', () => {
    const samples = [
      { metric: metricName('web-1.mysql.threads'), value: 3, atS: unixSeconds(1_700_000_000) },
      { metric: metricName('old-name.load'), value: 0.5, atS: unixSeconds(0) },
      { metric: metricName('web-1.mysql.threads'), value: -1e21, atS: unixSeconds(1_700_000_060) },
    ];
    expect(JSON.parse(formatRequest(samples, resource))).toEqual({
      resourceMetrics: [
        {
          resource: {
            attributes: [
              { key: 'host.name', value: { stringValue: 'web-1' } },
              { key: 'service.name', value: { stringValue: 'checks' } },
            ],
          },
          scopeMetrics: [
            {
              scope: { name: 'instrument_server', version: '2.0.0' },
              metrics: [
                {
                  name: 'mysql.threads',
                  gauge: {
                    dataPoints: [
                      { timeUnixNano: '1700000000000000000', asDouble: 3 },
                      { timeUnixNano: '1700000060000000000', asDouble: -1e21 },
                    ],
                  },
                },
                { name: 'old-name.load', gauge: { dataPoints: [{ timeUnixNano: '0', asDouble: 0.5 }] } },
              ],
            },
          ],
        },
      ],
    });
  });

  test("reads back by OTLP's own definitions as the samples it was made of", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,9}(\.[A-Za-z0-9_-]{1,9}){0,3}$/);
    const samples = fc.uniqueArray(
      fc.record({
        rest: name,
        isOurs: fc.boolean(),
        value: fc.double({ noNaN: true, noDefaultInfinity: true }),
        at: fc.nat(4e9),
      }),
      { minLength: 1, selector: ({ rest }) => rest }, // one point a name: the order is kept
    );
    fc.assert(
      fc.property(name, fc.string(), samples, (hostname, serviceName, drawn) => {
        const sent = drawn.map(({ rest, isOurs, value, at }) => ({
          metric: metricName(isOurs ? `${hostname}.${rest}` : `~${rest}`),
          value,
          atS: unixSeconds(at),
        }));
        const read = parseOtlpRequest(formatRequest(sent, { hostname, serviceName, version: '2.0.0' }));
        expect(read.resource).toEqual({ 'host.name': hostname, 'service.name': serviceName });
        expect(read.scope).toEqual({ name: 'instrument_server', version: '2.0.0' });
        expect(read.gauges).toEqual(
          drawn.map(({ rest, isOurs, value, at }) => ({
            name: isOurs ? rest : `~${rest}`,
            value: value + 0, // -0 arrives as 0
            atNs: BigInt(at) * 1_000_000_000n,
          })),
        );
      }),
    );
  });

  test('says family, labels, unit and kind of samples that have them; the others are as ever', () => {
    const described = (name: string, value: number, series: Partial<Series>): Sample => ({
      metric: metricName(`web-1.${name}`),
      value,
      atS: unixSeconds(1_700_000_000),
      series: { family: null, labels: [], kind: 'gauge', unit: '', ...series },
    });
    const bytes = { family: 'node_disk_bytes', kind: 'counter', unit: 'bytes' } as const;
    const samples: readonly Sample[] = [
      described('disk.node_disk_bytes.device.sda', 7, {
        ...bytes,
        labels: [
          ['device', 'sda'],
          ['host', 'db "2"'],
        ],
      }),
      described('disk.node_disk_bytes.device.sdb', 8, { ...bytes, labels: [['device', 'sdb']] }),
      described('ping.rta', 0.5, { unit: 'ms' }),
      described('odd.x', 1, { family: 'load', labels: [['a', '\ud800']] }),
      { metric: metricName('web-1.load'), value: 2, atS: unixSeconds(1_700_000_000) },
    ];
    const body = formatRequest(samples, resource);
    const [{ scopeMetrics }] = JSON.parse(body).resourceMetrics;
    const metric = { timeUnixNano: '1700000000000000000' };
    const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    expect(scopeMetrics[0].metrics).toEqual([
      {
        name: 'node_disk_bytes',
        unit: 'bytes',
        sum: {
          aggregationTemporality: 2,
          isMonotonic: true,
          dataPoints: [
            { ...metric, attributes: [attribute('device', 'sda'), attribute('host', 'db "2"')], asDouble: 7 },
            { ...metric, attributes: [attribute('device', 'sdb')], asDouble: 8 },
          ],
        },
      },
      { name: 'ping.rta', unit: 'ms', gauge: { dataPoints: [{ ...metric, asDouble: 0.5 }] } },
      {
        name: 'load',
        gauge: {
          dataPoints: [
            { ...metric, attributes: [attribute('a', '\ufffd')], asDouble: 1 },
            { ...metric, asDouble: 2 },
          ],
        },
      },
    ]);
    expect(parseOtlpRequest(body)).toMatchObject({ gauges: [{ name: 'load', value: 2 }], described: { length: 4 } });
  });

  test("reads back by OTLP's own definitions with any series", () => {
    fc.assert(
      fc.property(fc.array(anySeries, { minLength: 1 }), (all) => {
        const sent = all.map((series, index) => ({
          metric: metricName(`h.p.m${index}`),
          value: index,
          atS: unixSeconds(index),
          series,
        }));
        const { gauges, described } = parseOtlpRequest(formatRequest(sent, { ...resource, hostname: 'h' }));
        const read = [...described, ...gauges.map((each) => ({ ...each, unit: '', kind: 'gauge', attributes: {} }))];
        const byValue = read.toSorted((a, b) => a.value - b.value);
        expect(byValue).toEqual(
          sent.map(({ value, atS, series }) => ({
            name: series.family ?? `p.m${value}`,
            unit: series.unit,
            kind: series.kind === 'counter' ? 'sum 2 true' : 'gauge',
            attributes: Object.fromEntries(series.labels),
            atNs: BigInt(atS) * 1_000_000_000n,
            value,
          })),
        );
      }),
    );
  });

  test.each([
    ['a name that the definitions do not have', /"asDouble"/, '"asdouble"'],
    ['a name as the definitions write it', /"timeUnixNano"/, '"time_unix_nano"'],
    ['a name that is deprecated', /"scopeMetrics"/, '"instrumentationLibraryMetrics"'],
    ['a time as a number', /"(1700000000000000000)"/, '$1'],
    ['a time with a sign', /"1700000000000000000"/, '"-1"'],
    ['a time beyond 64 bits', /"1700000000000000000"/, '"18446744073709551616"'],
    ['a value as text', /0\.5/, '"0.5"'],
    ['two values', /"asDouble":0\.5/, '"asDouble":0.5,"asInt":"1"'],
    ['a list where one is expected', /"gauge":\{.*?\]\}/, '"gauge":[]'],
    ['one where a list is expected', /"dataPoints":\[.*?\]/, '"dataPoints":{}'],
    ['null', /0\.5/, 'null'],
  ])('would not pass with %s', (_what, right, wrong) => {
    const body = formatRequest([{ metric: metricName('h.a'), value: 0.5, atS: unixSeconds(1_700_000_000) }], resource);
    expect(() => parseOtlpRequest(body)).not.toThrow();
    const changed = body.replace(right, wrong);
    expect(JSON.parse(changed)).not.toEqual(JSON.parse(body));
    expect(() => parseOtlpRequest(changed)).toThrow(/Request\./);
  });

  test("stands by definitions that know OTLP's example of a request", () => {
    const example = {
      resourceMetrics: [
        {
          resource: {
            attributes: [{ key: 'service.name', value: { stringValue: 'my.service' } }],
            droppedAttributesCount: 0,
          },
          scopeMetrics: [
            {
              scope: { name: 'my.library', version: '1.0.0' },
              metrics: [
                {
                  name: 'my.counter',
                  unit: '1',
                  sum: {
                    aggregationTemporality: 1,
                    isMonotonic: true,
                    dataPoints: [{ asInt: '-5', startTimeUnixNano: '1544712660300000000' }],
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    const leaves = decodeMessage(
      otlpSchema,
      'opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest',
      example,
    );
    expect(leaves.map(({ value }) => value)).toEqual([
      'service.name',
      'my.service',
      0,
      'my.library',
      '1.0.0',
      'my.counter',
      '1',
      1,
      true,
      -5n,
      1544712660300000000n,
    ]);
  });
});

describe('an answer', () => {
  const peer = { url: 'http://otel/v1/metrics', keys: 'url', login: null, secrets: ['s3cret'] };

  function judge(status: number, text: string, isWhole = true) {
    const answer: HttpAnswer = {
      status,
      text,
      retryAfter: null,
      date: null,
      location: null,
      samplesWritten: null,
      isWhole,
    };
    return judgeOtlpAnswer(answer, peer, 100, 0);
  }

  test.each([
    ['{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old, s3cret"}}', 3, ' ("too old, ***")'],
    ['{"partialSuccess":{"rejectedDataPoints":4,"errorMessage":"too old"}}', 4, ' ("too old")'],
    ['{"partialSuccess":{"rejectedDataPoints":1000,"errorMessage":"all"}}', 100, ' ("all")'],
    ['{"partialSuccess":{"rejectedDataPoints":1}}', 1, ' ("{"partialSuccess":{"rejectedDataPoints":1}}")'],
  ])('%s drops what was rejected, and no more', (text, samples, quoted) => {
    expect(judge(200, text)).toEqual({
      kind: 'dropped',
      samples,
      detail: `http://otel/v1/metrics answered 200 and rejected data points${quoted}`,
    });
  });

  test('that is cut drops what it counts before the cut', () => {
    expect(judge(200, '{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"a very long', false)).toMatchObject({
      samples: 7,
    });
    expect(judge(200, '{"partialSuccess":{"errorMessage":"a very long', false)).toEqual({
      kind: 'accepted',
      confirmed: true,
    });
  });

  test.each([
    '',
    '{}',
    'null',
    '[]',
    'ok',
    '{"partialSuccess":null}',
    '{"partialSuccess":{}}',
    '{"partialSuccess":{"rejectedDataPoints":"0","errorMessage":"a warning"}}',
    '{"partialSuccess":{"rejectedDataPoints":"-1"}}',
    '{"partialSuccess":{"rejectedDataPoints":"many"}}',
    '{"rejectedDataPoints":"3"}',
  ])('200 with %j: all has arrived', (text) => expect(judge(200, text)).toEqual({ kind: 'accepted', confirmed: true }));

  test.each([
    [400, 'dropped'],
    [404, 'returned'],
    [413, 'too-large'],
    [503, 'returned'],
  ])('%d is judged as any other server’s, whatever it says of data points: %s', (status, kind) => {
    expect(judge(status, '{"partialSuccess":{"rejectedDataPoints":"3"}}')).toMatchObject({
      kind,
      ...(kind === 'dropped' && { samples: 100 }),
    });
  });
});
