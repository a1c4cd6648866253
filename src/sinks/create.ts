import type { Clock } from '../io/clock.ts';
import type { Dial } from '../io/net/dial.ts';
import type { HttpPost } from '../io/net/http-post.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Patience, Sink } from '../model/sink.ts';
import { formatHostPort } from '../words/addresses.ts';
import { createConsoleSink } from './console.ts';
import { createGraphiteSink } from './graphite/sink.ts';
import { createInfluxSink } from './influx/sink.ts';
import type { AgentIdentity } from './instrumental/protocol.ts';
import { createInstrumentalSink } from './instrumental/sink.ts';
import { createOtlpSink } from './otlp/sink.ts';
import { createPrometheusSink } from './prometheus/sink.ts';

/** The machine, as far as sinks need it. */
export type SinkEdges = {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly httpPost: HttpPost;
  readonly patience: Patience;
  readonly emit: Emit;
  /** Prints for the console sink and resolves when the text is out; null: there is no console. */
  readonly write: ((text: string) => Promise<void>) | null;
  /** The process, for servers that ask who sends. The host name comes from the configuration. */
  readonly process: Omit<AgentIdentity, 'hostname'>;
};

/**
 * A sink that a configuration asks for. `address` is where it sends, for people. If `settings` is
 * the same in another configuration, a sink that runs already can be kept. It may hold secrets.
 */
export type SinkPlan = { readonly name: string; readonly address: string; readonly settings: string; create(): Sink };

/**
 * Returns the sinks that a configuration asks for: Instrumental's collector if there is an API
 * key, and every sink with a section. If there is none, the console, unless `write` is null.
 * Nothing is opened yet.
 */
export function planSinks(
  config: Pick<Config, 'collector' | 'hostname' | 'sinks'>,
  edges: SinkEdges,
): readonly SinkPlan[] {
  const { apiKey, address, tlsCa, tlsVerify } = config.collector;
  const { graphite, influx, otlp, prometheus } = config.sinks;
  const { write } = edges;
  const identity = { ...edges.process, hostname: config.hostname };
  const agent = { ...identity, userAgent: `instrument_server/${identity.version}` };
  const plan = <Settings>(
    name: string,
    where: string,
    settings: Settings,
    create: (settings: Settings) => Sink,
  ): SinkPlan => ({
    name,
    address: where,
    settings: JSON.stringify([settings, config.hostname], (key, value: unknown) =>
      /origin$/i.test(key) ? undefined : value,
    ), // without the origins: the same setting on another line is the same sink
    create: () => create(settings),
  });
  const plans = [
    apiKey &&
      plan('instrumental', formatHostPort(address), { apiKey, address, tlsCa, tlsVerify }, (settings) =>
        createInstrumentalSink(edges, { ...settings, identity }),
      ),
    graphite &&
      plan('graphite', formatHostPort(graphite.address), graphite, (settings) => createGraphiteSink(edges, settings)),
    influx && plan('influx', influx.url, influx, (settings) => createInfluxSink(edges, settings, agent)),
    otlp && plan('otlp', otlp.url, otlp, (settings) => createOtlpSink(edges, settings, agent)),
    prometheus &&
      plan('prometheus', prometheus.url, prometheus, (settings) => createPrometheusSink(edges, settings, agent)),
  ].filter((each) => each !== null);
  if (plans.length > 0 || write === null) return plans;
  return [plan('console', 'standard output', null, () => createConsoleSink({ write }))];
}
