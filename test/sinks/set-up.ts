import { dial } from '../../src/io/dial.ts';
import type { CollectorAddress } from '../../src/model/config.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { Sink } from '../../src/model/sink.ts';
import { createInstrumentalSink, type InstrumentalSettings } from '../../src/sinks/instrumental/sink.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

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

/** A sink with a clock that stands still and every event recorded; `onEvent` is called as each comes. */
export type SinkUnderTest = {
  readonly sink: Sink;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly events: readonly AgentEvent[];
  onEvent: (event: AgentEvent) => void;
};

/** A sink for a collector on `port`, with the key `s3cret`. */
export function instrumentalSink(
  address: Partial<CollectorAddress> & { readonly port: number },
  settings: Partial<InstrumentalSettings> = {},
): SinkUnderTest {
  const clock = fakeClock();
  const events: AgentEvent[] = [];
  const emit = (event: AgentEvent): void => {
    events.push(event);
    made.onEvent(event);
  };
  const sink = createInstrumentalSink(
    { clock, dial, emit, patience: { silenceMs: 10_000 } },
    {
      address: { host: '127.0.0.1', tls: false, ...address },
      tlsCa: null,
      tlsVerify: true,
      apiKey: { key: 's3cret', origin: 'the flag -k' },
      identity: { version: '2.0.0', hostname: 'web1', pid: 42, nodeVersion: '20.20.2', platform: 'x64-linux' },
      ...settings,
    },
  );
  const made: SinkUnderTest = { sink, clock, events, onEvent: () => {} };
  return made;
}
