import { dial } from '../../src/io/net/dial.ts';
import { httpPost } from '../../src/io/net/http-post.ts';
import type {
  CollectorAddress,
  InfluxSettings,
  OtlpSettings,
  PrometheusSettings,
  TlsSettings,
} from '../../src/model/config.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { Sink } from '../../src/model/sink.ts';
import { createGraphiteSink } from '../../src/sinks/graphite/sink.ts';
import type { HttpSinkEdges } from '../../src/sinks/http-sink.ts';
import { createInfluxSink } from '../../src/sinks/influx/sink.ts';
import { createInstrumentalSink, type InstrumentalSettings } from '../../src/sinks/instrumental/sink.ts';
import type { LineEdges } from '../../src/sinks/line-exchange.ts';
import { createOtlpSink } from '../../src/sinks/otlp/sink.ts';
import { createPrometheusSink } from '../../src/sinks/prometheus/sink.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { secrets } from '../helpers/secrets.ts';

/** `count` samples whose value is their index. */
export function someSamples(count: number, first = 0): readonly Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    metric: metricName(`host.plugin.m${first + index}`),
    value: first + index,
    atS: unixSeconds(1_700_000_000 + first + index),
  }));
}

/** The wire lines for `someSamples`. */
export function someLines(count: number, first = 0): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) => `gauge host.plugin.m${first + index} ${first + index} ${1_700_000_000 + first + index} 1`,
  );
}

/**
 * A sink with a clock that stands still and every event recorded; `onEvent` is called as each
 * comes.
 */
export type SinkUnderTest = {
  readonly sink: Sink;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly events: readonly AgentEvent[];
  onEvent: (event: AgentEvent) => void;
};

/** A sink for a collector on `port`, with the tests' own key. */
export function instrumentalSink(
  address: Partial<CollectorAddress> & { readonly port: number },
  settings: Partial<InstrumentalSettings> = {},
): SinkUnderTest {
  return underTest((edges) =>
    createInstrumentalSink(edges, {
      address: { host: '127.0.0.1', tls: false, ...address },
      tlsCa: null,
      tlsVerify: true,
      apiKey: { key: secrets.apiKey, origin: 'the flag -k' },
      identity: { version: '2.0.0', hostname: 'web1', pid: 42, nodeVersion: '20.20.2', platform: 'x64-linux' },
      ...settings,
    }),
  );
}

/** A sink for a Carbon server on `port`. */
export function graphiteSink(
  address: Partial<CollectorAddress> & { readonly port: number },
  tls: TlsSettings = { caFile: null, verify: true },
): SinkUnderTest {
  return underTest((edges) =>
    createGraphiteSink(edges, { address: { host: '127.0.0.1', tls: false, ...address }, tls }),
  );
}

/**
 * A sink of the host `host` for an InfluxDB at `url`: the database `x` and the tests' own token.
 */
export function influxSink(url: string, settings: Partial<InfluxSettings> = {}): SinkUnderTest {
  const defaults: InfluxSettings = {
    url,
    into: { kind: 'database', database: 'x' },
    login: { kind: 'token', token: secrets.token, origin: '/etc/x.ini:7' },
    tls: { caFile: null, verify: true },
  };
  return underTest((edges) => createInfluxSink(edges, { ...defaults, ...settings }, agent));
}

/**
 * A sink of the host `host` for an OTLP server at `url`, with the tests' own token in a header.
 */
export function otlpSink(url: string, settings: Partial<OtlpSettings> = {}): SinkUnderTest {
  const defaults: OtlpSettings = {
    url,
    headers: { authorization: `Bearer ${secrets.token}` },
    headersOrigin: '/etc/x.ini:7',
    serviceName: 'checks',
    tls: { caFile: null, verify: true },
  };
  return underTest((edges) => createOtlpSink(edges, { ...defaults, ...settings }, agent));
}

/**
 * A sink of the host `host` for a server of remote write at `url`, with the tests' own token.
 */
export function prometheusSink(url: string, settings: Partial<PrometheusSettings> = {}): SinkUnderTest {
  const defaults: PrometheusSettings = {
    url,
    version: '1.0',
    login: { kind: 'token', token: secrets.token, origin: '/etc/x.ini:7' },
    headers: {},
    headersOrigin: null,
    tls: { caFile: null, verify: true },
  };
  return underTest((edges) => createPrometheusSink(edges, { ...defaults, ...settings }, agent));
}

const agent = { hostname: 'host', version: '2.0.0', userAgent: 'instrument_server/2.0.0' };

function underTest(create: (edges: LineEdges & HttpSinkEdges) => Sink): SinkUnderTest {
  const clock = fakeClock();
  const events: AgentEvent[] = [];
  const emit = (event: AgentEvent): void => {
    events.push(event);
    made.onEvent(event);
  };
  const made: SinkUnderTest = {
    sink: create({ clock, dial, httpPost, emit, patience: { silenceMs: 10_000 } }),
    clock,
    events,
    onEvent: () => {},
  };
  return made;
}
