import { describe, expect, test } from 'vitest';
import { createGraphiteSink } from '../../src/sinks/graphite/sink.ts';
import { carbonProgram, makeCarbon } from './servers/carbon.ts';
import { backlog, oddValues, type Readings, readingsOf } from './servers/readings.ts';
import { until } from './servers/server.ts';
import { makeVictoriaMetrics, victoriaMetricsProgram } from './servers/victoria-metrics.ts';
import { deliverAll, eventAfter, makeHome, nowS, sinkEdges, titleOf } from './set-up.ts';

const noTls = { caFile: null, verify: true };

/**
 * A server that takes Carbon's protocol, whichever it is: its port, and what it has of a metric in
 * the last two hours.
 */
type Subject = {
  readonly port: number;
  start(): Promise<{ stop(): Promise<void>; read(metric: string): Promise<Readings> }>;
};

const subjects: readonly {
  readonly name: string;
  readonly program: string | null;
  readonly make: () => Promise<Subject>;
}[] = [
  {
    name: 'carbon-cache',
    program: carbonProgram,
    async make() {
      const { port, start } = await makeCarbon();
      return {
        port,
        async start() {
          const carbon = await start();
          return { ...carbon, read: (metric) => carbon.read(metric, nowS() - 7000, nowS()) };
        },
      };
    },
  },
  {
    name: 'victoria-metrics',
    program: victoriaMetricsProgram,
    async make() {
      const { graphitePort: port, start } = await makeVictoriaMetrics();
      return {
        port,
        async start() {
          const server = await start();
          return { ...server, read: (metric) => server.read(`{__name__="${metric}"}`) };
        },
      };
    },
  },
];

describe.each(subjects)('$name', ({ name, program, make }) => {
  describe.skipIf(program === null)(titleOf('with [sink:graphite]', { [name]: program }), () => {
    test('has each value that a plugin printed, under its name and at its time', async () => {
      const { port, start } = await make();
      const server = await start();
      const atS = nowS() - 600;
      const home = makeHome();
      home.print(oddValues.map(([text], index) => `v${index} ${text} ${atS + index}`));
      const agent = home.start(`[sink:graphite]\naddress = 127.0.0.1:${port}\n`);
      await agent.event('batch.sent', ({ samples }) => samples === oddValues.length);
      for (const [index, [, value]] of oddValues.entries())
        expect(await until(() => server.read(`web-1.probe.v${index}`), hasAsMany(1))).toEqual([[atS + index, value]]);
    });

    test('has what stands around a line that is too long for Carbon', async () => {
      const { port, start } = await make();
      const server = await start();
      const atS = nowS() - 600;
      const home = makeHome();
      home.print([`before 1 ${atS}`, `${'x'.repeat(20_000)} 2 ${atS}`, `behind 3 ${atS}`]);
      const agent = home.start(`[sink:graphite]\naddress = 127.0.0.1:${port}\n`);
      expect((await agent.event('batch.dropped'))['samples']).toBe(1);
      expect(await until(() => server.read('web-1.probe.before'), hasAsMany(1))).toEqual([[atS, 1]]);
      expect(await until(() => server.read('web-1.probe.behind'), hasAsMany(1))).toEqual([[atS, 3]]);
    });

    test('has a backlog of 12,000 samples, batch after batch, each of them confirmed', async () => {
      const { port, start } = await make();
      const server = await start();
      const edges = sinkEdges();
      const sink = createGraphiteSink(edges, { address: { host: '127.0.0.1', port, tls: false }, tls: noTls });
      const samples = backlog('web-1', 12, 1000, nowS());
      expect(await deliverAll(sink, samples)).toEqual(['accepted', 'accepted', 'accepted']);
      for (let metric = 0; metric < 12; metric += 1) {
        const name = `web-1.backlog.m${metric}`;
        expect(await until(() => server.read(name), hasAsMany(1000))).toEqual(readingsOf(samples, name));
      }
    });

    test('gets everything though it was down at first, and down again later', async () => {
      const { port, start } = await make();
      const atS = nowS() - 600;
      const home = makeHome();
      home.print([`a 1 ${atS}`]);
      const agent = home.start(`[sink:graphite]\naddress = 127.0.0.1:${port}\n`);
      const lost = await agent.event('sink.lost');
      expect(lost['detail']).toBe(
        `connection to 127.0.0.1:${port} refused (ECONNREFUSED); is the Carbon server running?`,
      );
      const first = await start();
      expect(await until(() => first.read('web-1.probe.a'), hasAsMany(1))).toEqual([[atS, 1]]);
      const connected = await agent.event('sink.connected'); // else it would be sent again
      await first.stop();
      home.print([`b 2 ${atS}`]);
      await eventAfter(agent, connected, 'sink.lost');
      const second = await start();
      expect(await until(() => second.read('web-1.probe.b'), hasAsMany(1))).toEqual([[atS, 2]]);
      expect(await second.read('web-1.probe.a')).toEqual([[atS, 1]]);
    });
  });
});

function hasAsMany(count: number) {
  return (readings: Readings) => readings.length >= count;
}
