import { describe, expect, test } from 'vitest';
import type { Sink } from '../../src/model/sink.ts';
import type { SinkEdges } from '../../src/sinks/create.ts';
import { createInfluxSink } from '../../src/sinks/influx/sink.ts';
import { influxdProgram, makeInfluxd } from './servers/influxd.ts';
import { backlog, oddValues, type Readings, readingsOf } from './servers/readings.ts';
import { until } from './servers/server.ts';
import { makeVictoriaMetrics, victoriaMetricsProgram } from './servers/victoria-metrics.ts';
import { deliverAll, eventAfter, makeHome, nowS, sinkEdges, titleOf } from './set-up.ts';

type Into =
  | { readonly kind: 'database'; readonly database: string }
  | { readonly kind: 'bucket'; readonly bucket: string; readonly org: null };

/**
 * A server that takes InfluxDB's line protocol, whichever it is, and what it has of a measurement
 * with a host.
 */
type Subject = {
  readonly url: string;
  start(): Promise<{ stop(): Promise<void>; read(measurement: string, host: string): Promise<Readings> }>;
};

async function influxd(): Promise<Subject> {
  return makeInfluxd();
}

async function victoriaMetrics(): Promise<Subject> {
  const { url, start } = await makeVictoriaMetrics();
  return {
    url,
    async start() {
      const server = await start();
      return { ...server, read: (measurement, host) => server.read(`{__name__="${measurement}",host="${host}"}`) };
    },
  };
}

const database: Into = { kind: 'database', database: 'metrics' };
const bucket: Into = { kind: 'bucket', bucket: 'metrics', org: null };
const subjects: readonly {
  name: string;
  address: string;
  into: Into;
  program: string | null;
  make: () => Promise<Subject>;
}[] = [
  { name: 'influxd', address: 'InfluxDB 1', into: database, program: influxdProgram, make: influxd },
  {
    name: 'victoria-metrics',
    address: 'InfluxDB 1',
    into: database,
    program: victoriaMetricsProgram,
    make: victoriaMetrics,
  },
  {
    name: 'victoria-metrics',
    address: 'InfluxDB 2',
    into: bucket,
    program: victoriaMetricsProgram,
    make: victoriaMetrics,
  },
];

describe.each(subjects)('$name, written to as an $address', ({ name, into, program, make }) => {
  describe.skipIf(program === null)(titleOf('with [sink:influx]', { [name]: program }), () => {
    const section = (url: string) => `[sink:influx]\nurl = ${url}\n${into.kind} = metrics\n`;

    test('has each value that a plugin printed, under its name, with its host and at its time', async () => {
      const { url, start } = await make();
      const server = await start();
      const atS = nowS() - 600;
      const home = makeHome();
      home.print(oddValues.map(([text], index) => `v${index} ${text} ${atS + index}`));
      const agent = home.start(section(url));
      await agent.event('batch.sent', ({ samples }) => samples === oddValues.length);
      for (const [index, [, value]] of oddValues.entries())
        expect(await until(() => server.read(`probe.v${index}`, 'web-1'), hasAsMany(1))).toEqual([
          [atS + index, value],
        ]);
    });

    test('has a backlog of 12,000 samples, batch after batch', async () => {
      const { url, start } = await make();
      const server = await start();
      const samples = backlog('web-1', 12, 1000, nowS());
      expect(await deliverAll(influxSink(sinkEdges(), url, into), samples)).toEqual([
        'accepted',
        'accepted',
        'accepted',
      ]);
      for (let metric = 0; metric < 12; metric += 1)
        expect(await until(() => server.read(`backlog.m${metric}`, 'web-1'), hasAsMany(1000))).toEqual(
          readingsOf(samples, `web-1.backlog.m${metric}`),
        );
    });

    test('gets everything though it was down at first, and down again later', async () => {
      const { url, start } = await make();
      const atS = nowS() - 600;
      const home = makeHome();
      home.print([`a 1 ${atS}`]);
      const agent = home.start(section(url));
      const lost = await agent.event('sink.lost');
      expect(lost['detail']).toContain(`connection to ${new URL(url).host} refused (ECONNREFUSED)`);
      const first = await start();
      expect(await until(() => first.read('probe.a', 'web-1'), hasAsMany(1))).toEqual([[atS, 1]]);
      const connected = await agent.event('sink.connected'); // else it would be sent again
      await first.stop();
      home.print([`b 2 ${atS}`]);
      await eventAfter(agent, connected, 'sink.lost');
      const second = await start();
      expect(await until(() => second.read('probe.b', 'web-1'), hasAsMany(1))).toEqual([[atS, 2]]);
      expect(await second.read('probe.a', 'web-1')).toEqual([[atS, 1]]);
    });
  });
});

describe.skipIf(influxdProgram === null)(titleOf('influxd that wants a login', { influxd: influxdProgram }), () => {
  const user = { username: 'ann', password: 'pass: w0rd' };
  const section = (url: string, password: string) =>
    `[sink:influx]\nurl = ${url}\ndatabase = metrics\nusername = ${user.username}\npassword = "${password}"\n`;

  test.each([
    [
      'a wrong password',
      (url: string) => section(url, 'WRONG'),
      /answered 401 .*; correct the password from \S+agent\.ini:\d+/,
    ],
    [
      'no password',
      (url: string) => `[sink:influx]\nurl = ${url}\ndatabase = metrics\n`,
      /answered 401 .*; it requires a login/,
    ],
  ])(
    'refuses %s, which is told; nothing is lost, and all arrives with the right one',
    async (_what, wrong, sentence) => {
      const { url, start } = await makeInfluxd({ user });
      const server = await start();
      const atS = nowS() - 600;
      const home = makeHome();
      home.print([`a 1 ${atS}`]);
      const refused = home.start(wrong(url));
      const event = await refused.event('sink.refused');
      expect(event['detail']).toMatch(sentence);
      expect(JSON.stringify(refused.log)).not.toContain('WRONG');
      refused.process.kill('SIGTERM');
      expect(await refused.exit).toBe(0);
      expect(await server.read('probe.a', 'web-1')).toEqual([]);

      const agent = home.start(section(url, user.password));
      await agent.event('sink.connected');
      expect(await until(() => server.read('probe.a', 'web-1'), hasAsMany(1))).toEqual([[atS, 1]]);
    },
  );
});

describe.skipIf(influxdProgram === null)(titleOf('influxd', { influxd: influxdProgram }), () => {
  test('has no such database as the one that is written to: told as refused, and kept', async () => {
    const { url, start } = await makeInfluxd();
    await start();
    const home = makeHome();
    home.print(['a 1']);
    const agent = home.start(`[sink:influx]\nurl = ${url}\ndatabase = nowhere\n`);
    expect((await agent.event('sink.refused'))['detail']).toMatch(/answered 404 \("database not found: "nowhere""\)/);
    agent.process.kill('SIGTERM');
    expect((await agent.event('daemon.stopped'))['samplesLeft']).toBe(1);
  });

  test('never takes a float where it has an integer: that sample is dropped and told, those around it arrive', async () => {
    const { url, start } = await makeInfluxd();
    const server = await start();
    const atS = nowS() - 600;
    await server.write(`probe.odd,host=web-1 value=1i ${atS}`);
    const home = makeHome();
    home.print([`a 1 ${atS}`, `odd 2.5 ${atS}`, `b 3 ${atS}`]);
    const agent = home.start(`[sink:influx]\nurl = ${url}\ndatabase = metrics\n`);
    const dropped = await agent.event('batch.dropped');
    expect(dropped).toMatchObject({ level: 'error', samples: 1 });
    expect(dropped['detail']).toContain('field type conflict');
    expect(await until(() => server.read('probe.a', 'web-1'), hasAsMany(1))).toEqual([[atS, 1]]);
    expect(await until(() => server.read('probe.b', 'web-1'), hasAsMany(1))).toEqual([[atS, 3]]);
    expect(await server.read('probe.odd', 'web-1')).toEqual([[atS, 1]]);
  });

  test('takes a batch in parts where the whole is too large for it', async () => {
    const { url, start } = await makeInfluxd({ maxBodyBytes: 20_000 });
    const server = await start();
    const samples = backlog('web-1', 5, 1000, nowS());
    const home = makeHome();
    home.print(samples.map(({ metric, value, atS }) => `${metric.replace('web-1.backlog.', '')} ${value} ${atS}`));
    const agent = home.start(`[sink:influx]\nurl = ${url}\ndatabase = metrics\n`);
    await agent.event('wire.received', ({ line }) => String(line).startsWith('413'));
    await agent.event('batch.sent');
    for (let metric = 0; metric < 5; metric += 1)
      expect(await until(() => server.read(`probe.m${metric}`, 'web-1'), hasAsMany(1000))).toEqual(
        readingsOf(samples, `web-1.backlog.m${metric}`),
      );
  });
});

describe.skipIf(victoriaMetricsProgram === null)(
  titleOf('victoria-metrics', { 'victoria-metrics': victoriaMetricsProgram }),
  () => {
    test('at a path that it does not know takes nothing: told as refused, and all arrives at the right one', async () => {
      const { url, start } = await victoriaMetrics();
      const server = await start();
      const atS = nowS() - 600;
      const home = makeHome();
      home.print([`a 1 ${atS}`]);
      const refused = home.start(`[sink:influx]\nurl = ${url}/vm\ndatabase = metrics\n`);
      expect((await refused.event('sink.refused'))['detail']).toMatch(
        /answered 400 \(".*unsupported path requested.*"\); correct url or database in \[sink:influx\]$/,
      );
      refused.process.kill('SIGTERM');
      expect((await refused.event('daemon.stopped'))['samplesLeft']).toBe(1);
      expect(await refused.exit).toBe(0);

      const agent = home.start(`[sink:influx]\nurl = ${url}\ndatabase = metrics\n`);
      await agent.event('sink.connected');
      expect(await until(() => server.read('probe.a', 'web-1'), hasAsMany(1))).toEqual([[atS, 1]]);
    });
  },
);

function influxSink(edges: SinkEdges, url: string, into: Into): Sink {
  const how = { tls: { caFile: null, verify: true }, compression: 'none', proxy: null } as const;
  const settings = { url, into, login: { kind: 'none' }, ...how } as const;
  return createInfluxSink(edges, settings, { hostname: 'web-1', userAgent: 'test' });
}

function hasAsMany(count: number) {
  return (readings: Readings) => readings.length >= count;
}
