import type { Clock } from '../io/clock.ts';
import type { Dial } from '../io/dial.ts';
import type { HttpPost } from '../io/http.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Patience, Sink } from '../model/sink.ts';
import { createConsoleSink } from './console.ts';
import { createGraphiteSink } from './graphite/sink.ts';
import { createInfluxSink } from './influx/sink.ts';
import type { AgentIdentity } from './instrumental/protocol.ts';
import { createInstrumentalSink } from './instrumental/sink.ts';
import { createOtlpSink } from './otlp/sink.ts';

/** The machine, as far as sinks need it. `write` prints for the console sink and resolves when the text is out. */
export type SinkEdges = {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly httpPost: HttpPost;
  readonly patience: Patience;
  readonly emit: Emit;
  readonly write: (text: string) => Promise<void>;
  /** The process, for servers that ask who we are; the host name comes from the configuration. */
  readonly process: Omit<AgentIdentity, 'hostname'>;
};

/** The sinks a configuration asks for: Instrumental's collector where there is a key, and those with a section; the console where there is none of them. Nothing is opened yet. */
export function createSinks(config: Pick<Config, 'collector' | 'hostname' | 'sinks'>, edges: SinkEdges): readonly Sink[] {
  const { apiKey, address, tlsCa, tlsVerify } = config.collector;
  const { graphite, influx, otlp } = config.sinks;
  const identity = { ...edges.process, hostname: config.hostname };
  const agent = { ...identity, userAgent: `instrument_server/${identity.version}` };
  const sinks = [
    apiKey && createInstrumentalSink(edges, { apiKey, address, tlsCa, tlsVerify, identity }),
    graphite && createGraphiteSink(edges, graphite),
    influx && createInfluxSink(edges, influx, agent),
    otlp && createOtlpSink(edges, otlp, agent),
  ].filter((sink) => sink !== null);
  return sinks.length === 0 ? [createConsoleSink(edges)] : sinks;
}
