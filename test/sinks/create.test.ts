import { afterEach, expect, test } from 'vitest';
import { dial } from '../../src/io/net/dial.ts';
import { httpPost } from '../../src/io/net/http-post.ts';
import type { ApiKey, Config } from '../../src/model/config.ts';
import { metricName, unixSeconds } from '../../src/model/sample.ts';
import type { Sink } from '../../src/model/sink.ts';
import { planSinks, type SinkEdges } from '../../src/sinks/create.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { fakeHttpServer } from '../helpers/fake-http-server.ts';
import { parseOtlpRequest } from '../helpers/otlp-request.ts';
import { parseRemoteWrite } from '../helpers/remote-write-request.ts';
import { someLines, someSamples } from './set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function edges(printed: string[]): SinkEdges {
  return {
    clock: fakeClock(),
    dial,
    httpPost,
    patience: { backoffMinMs: 1000, backoffMaxMs: 30_000, refusedRetryMs: 30_000, silenceMs: 10_000 },
    emit: () => {},
    write: async (text) => void printed.push(text),
    process: { version: '2.0.0', pid: 42, nodeVersion: '20.20.2', platform: 'x64-linux' },
  };
}

const noSinks: Config['sinks'] = { graphite: null, influx: null, otlp: null, prometheus: null };

function sinksFor(
  apiKey: ApiKey | null,
  port: number,
  printed: string[],
  sinks: Partial<Config['sinks']> = {},
): readonly Sink[] {
  const collector = { apiKey, address: { host: '127.0.0.1', port, tls: false }, tlsCa: null, tlsVerify: true };
  return planSinks({ hostname: 'web1', collector, sinks: { ...noSinks, ...sinks } }, edges(printed)).map(({ create }) =>
    create(),
  );
}

test('without a key samples are printed', async () => {
  const printed: string[] = [];
  const [sink, ...others] = sinksFor(null, 1, printed);
  expect(others).toEqual([]);
  await sink?.deliver(someSamples(1));
  expect(printed).toEqual(['host.plugin.m0 0 1700000000\n']);
});

test("with a key samples go to Instrumental's collector and nowhere else", async () => {
  const collector = await fakeCollector();
  closers.push(collector.close);
  const printed: string[] = [];
  const [sink, ...others] = sinksFor({ key: 'k1', origin: 'the flag -k' }, collector.port, printed);
  expect(others).toEqual([]);
  await sink?.deliver(someSamples(2));
  expect(collector.lines).toEqual(someLines(2));
  expect(collector.connections[0]).toMatchObject({
    key: 'k1',
    hello: 'hello version node/instrument_server/2.0.0 hostname web1 pid 42 runtime node/20.20.2 platform x64-linux',
  });
  expect(printed).toEqual([]);
});

test('with a section of its own, Graphite is sent to instead of the console, and beside the collector', () => {
  const graphite = { address: { host: '127.0.0.1', port: 2003, tls: false }, tls: { caFile: null, verify: true } };
  expect(sinksFor(null, 1, [], { graphite }).map(({ name }) => name)).toEqual(['graphite']);
  const names = sinksFor({ key: 'k1', origin: 'the flag -k' }, 1, [], { graphite }).map(({ name }) => name);
  expect(names).toEqual(['instrumental', 'graphite']);
});

test('InfluxDB, OTLP and remote write are sent to beside whatever else there is, in the name of the configured host', async () => {
  const server = await fakeHttpServer();
  closers.push(server.close);
  const tls = { caFile: null, verify: true };
  const influx: Config['sinks']['influx'] = {
    url: server.url,
    into: { kind: 'database', database: 'x' },
    login: { kind: 'none' },
    tls,
  };
  const otlp = { url: `${server.url}/v1/metrics`, headers: {}, headersOrigin: null, serviceName: 's', tls };
  const prometheus: Config['sinks']['prometheus'] = {
    url: `${server.url}/api/v1/write`,
    version: '1.0',
    login: { kind: 'none' },
    headers: {},
    headersOrigin: null,
    tls,
  };
  const graphite = { address: { host: '127.0.0.1', port: 2003, tls: false }, tls };
  const names = sinksFor({ key: 'k1', origin: 'the flag -k' }, 1, [], { graphite, influx, otlp, prometheus }).map(
    ({ name }) => name,
  );
  expect(names).toEqual(['instrumental', 'graphite', 'influx', 'otlp', 'prometheus']);

  const [toInflux, toOtlp, toPrometheus, ...others] = sinksFor(null, 1, [], { influx, otlp, prometheus });
  expect(others).toEqual([]);
  const sample = { metric: metricName('web1.a.b'), value: 1, atS: unixSeconds(1_700_000_000) };
  await toInflux?.deliver([sample]);
  await toOtlp?.deliver([sample]);
  await toPrometheus?.deliver([sample]);
  expect(server.requests[0]).toMatchObject({
    body: 'a.b,host=web1 value=1 1700000000\n',
    headers: { 'user-agent': 'instrument_server/2.0.0' },
  });
  expect(parseOtlpRequest(server.requests[1]?.body ?? '')).toMatchObject({
    resource: { 'host.name': 'web1', 'service.name': 's' },
    scope: { name: 'instrument_server', version: '2.0.0' },
    gauges: [{ name: 'a.b', value: 1 }],
  });
  const { bytes = new Uint8Array(), headers } = server.requests[2] ?? {};
  expect(parseRemoteWrite(bytes, headers?.['content-type'])).toMatchObject([
    {
      labels: [
        ['__name__', 'a_b'],
        ['host', 'web1'],
        ['metric', 'web1.a.b'],
      ],
      samples: [{ value: 1 }],
    },
  ]);
});
