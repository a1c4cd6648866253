import type { Clock } from '../io/clock.ts';
import type { Dial } from '../io/dial.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Patience, Sink } from '../model/sink.ts';
import { createConsoleSink } from './console.ts';
import type { AgentIdentity } from './instrumental/protocol.ts';
import { createInstrumentalSink } from './instrumental/sink.ts';

/** The machine, as far as sinks need it. `write` prints for the console sink and resolves when the text is out. */
export type SinkEdges = {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly patience: Patience;
  readonly emit: Emit;
  readonly write: (text: string) => Promise<void>;
  /** The process, for the collector's hello line; the host name comes from the configuration. */
  readonly process: Omit<AgentIdentity, 'hostname'>;
};

/** The sinks a configuration asks for: Instrumental's collector where there is a key, else the console. Nothing is opened yet. */
export function createSinks(config: Pick<Config, 'collector' | 'hostname'>, edges: SinkEdges): readonly Sink[] {
  const { apiKey, address, tlsCa, tlsVerify } = config.collector;
  if (apiKey === null) return [createConsoleSink(edges)];
  const identity = { ...edges.process, hostname: config.hostname };
  return [createInstrumentalSink(edges, { apiKey, address, tlsCa, tlsVerify, identity })];
}
