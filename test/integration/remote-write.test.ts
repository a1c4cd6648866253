import { describe, expect, test } from 'vitest';
import type { PrometheusSettings } from '../../src/model/config.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { Sink } from '../../src/model/sink.ts';
import { createPrometheusSink } from '../../src/sinks/prometheus/sink.ts';
import { makePrometheus, prometheusProgram } from './servers/prometheus.ts';
import { backlog, oddValues, type Readings, readingsOf } from './servers/readings.ts';
import { type Server, until } from './servers/server.ts';
import { makeVictoriaMetrics, victoriaMetricsProgram } from './servers/victoria-metrics.ts';
import { makeVmagent, vmagentProgram } from './servers/vmagent.ts';
import { deliverAll, eventAfter, makeHome, nowS, sinkEdges, titleOf } from './set-up.ts';

/** A server that accepts remote write. `read` gives what each storage behind it has of a series. */
type Subject = {
  readonly url: string;
  start(): Promise<Server & { read(series: string): Promise<readonly Readings[]> }>;
};

async function prometheus(): Promise<Subject> {
  const { url, start } = await makePrometheus();
  return { url, start: async () => readByOne(await start()) };
}

async function victoriaMetrics(): Promise<Subject> {
  const { url, start } = await makeVictoriaMetrics();
  return { url, start: async () => readByOne(await start()) };
}

function readByOne<Storage extends Server & { read(series: string): Promise<Readings> }>(server: Storage) {
  return { ...server, read: async (series: string) => [await server.read(series)] };
}

async function vmagent(): Promise<Subject> {
  const stores = [await makeVictoriaMetrics(), await makeVictoriaMetrics()];
  const storages = await Promise.all(stores.map(({ start }) => start()));
  const { url, start } = await makeVmagent(stores.map((store) => store.url));
  return {
    url,
    async start() {
      const read = (series: string) => Promise.all(storages.map((storage) => storage.read(series)));
      return { ...(await start()), read };
    },
  };
}

const subjects = [
  { name: 'prometheus', program: prometheusProgram, make: prometheus },
  { name: 'victoria-metrics', program: victoriaMetricsProgram, make: victoriaMetrics },
  { name: 'vmagent', program: victoriaMetricsProgram && vmagentProgram, make: vmagent },
];

const section = (url: string, more = '') => `[sink:prometheus]\nurl = ${url}\n${more}`;

describe.each(subjects)('$name', ({ name, program, make }) => {
  describe.skipIf(program === null)(titleOf('with [sink:prometheus]', { [name]: program }), () => {
    test.each(['1.0', '2.0'])(
      'has each value that a plugin printed, with its labels and at its time, by version %s',
      async (version) => {
        const { url, start } = await make();
        const server = await start();
        const atS = nowS() - 600;
        const home = makeHome();
        home.print(oddValues.map(([text], index) => `v${index} ${text} ${atS + index}`));
        const agent = home.start(section(url, `version = ${version}\n`));
        await agent.event('batch.sent', ({ samples }) => samples === oddValues.length);
        for (const [index, [, value]] of oddValues.entries()) {
          const series = `probe_v${index}{host="web-1",metric="web-1.probe.v${index}"}`;
          for (const readings of await until(() => server.read(series), haveAsMany(1)))
            expect(readings).toEqual([[atS + index, value]]);
        }
      },
    );

    test('accepts a request without samples, which asks whether the agent is accepted', async () => {
      const { url, start } = await make();
      await start();
      for (const version of ['1.0', '2.0'] as const) {
        const sink = prometheusSink(url, { version });
        expect(await sink.probe()).toBeNull();
        sink.close();
      }
    });

    test('has a backlog of 12,000 samples, batch after batch', async () => {
      const { url, start } = await make();
      const server = await start();
      const samples = backlog('web-1', 12, 1000, nowS());
      expect(await deliverAll(prometheusSink(url), samples)).toEqual(['accepted', 'accepted', 'accepted']);
      for (let metric = 0; metric < 12; metric += 1) {
        const read = () => server.read(`backlog_m${metric}{host="web-1"}`);
        for (const readings of await until(read, haveAsMany(1000)))
          expect(readings).toEqual(readingsOf(samples, `web-1.backlog.m${metric}`));
      }
    });

    test('gets everything though it was down at first, and is killed later', async () => {
      const { url, start } = await make();
      const atS = nowS() - 600;
      const home = makeHome();
      home.print([`a 1 ${atS}`]);
      const agent = home.start(section(url));
      const lost = await agent.event('sink.lost');
      expect(lost['detail']).toContain(`connection to ${new URL(url).host} refused (ECONNREFUSED)`);
      const first = await start();
      const connected = await agent.event('sink.connected');
      for (const readings of await until(() => first.read('probe_a'), haveAsMany(1)))
        expect(readings).toEqual([[atS, 1]]);
      await first.kill();
      home.print([`b 2 ${atS}`]);
      await eventAfter(agent, connected, 'sink.lost');
      const second = await start();
      for (const readings of await until(() => second.read('probe_b'), haveAsMany(1)))
        expect(readings).toEqual([[atS, 2]]);
    });

    test('gets everything though it does nothing for a while, with the connection open', async () => {
      const { url, start } = await make();
      const server = await start();
      const samples = backlog('web-1', 10, 20, nowS());
      const sink = prometheusSink(url, {}, 500);
      server.pause();
      const delivery = await sink.deliver(samples);
      expect(delivery).toMatchObject({ kind: 'returned', trouble: { kind: 'lost' }, mayHaveArrived: true });
      server.resume();
      await until(
        () => sink.deliver(samples),
        ({ kind }) => kind === 'accepted',
      );
      for (let metric = 0; metric < 10; metric += 1)
        for (const readings of await until(() => server.read(`backlog_m${metric}`), haveAsMany(20)))
          expect([...new Map(readings)]).toEqual(readingsOf(samples, `web-1.backlog.m${metric}`));
      sink.close();
    });
  });
});

describe.skipIf(prometheusProgram === null)(titleOf('prometheus', { prometheus: prometheusProgram }), () => {
  test('has the labels of a series, each once and with a valid name', async () => {
    const { url, start } = await makePrometheus();
    const server = await start();
    const series = {
      family: 'disk.read',
      kind: 'counter',
      unit: 'bytes',
      labels: [
        ['a-b', 'ü "x" \\ \n \ud800'],
        ['a.b', '2'],
        ['__name__', 'x'],
        ['plugin', 'disks'],
      ],
    } as const;
    const sample = { metric: metricName('web-1.disks.x'), value: 1, atS: unixSeconds(nowS() - 60), series };
    const sink = prometheusSink(url);
    expect(await sink.deliver([sample])).toMatchObject({ kind: 'accepted' });
    const labels = { a_b: 'ü "x" \\ \n \ufffd', a_b_: '2', _name__: 'x', plugin: 'disks', host: 'web-1' };
    expect(await server.labels('disk_read')).toEqual([{ __name__: 'disk_read', ...labels }]);
  });

  test.each([
    [1, 40],
    [2, 60],
    [500, 1200],
  ])(
    'refuses a batch of 5,000 with %d samples out of order: these alone are lost, in at most %d requests',
    async (late, most) => {
      const { url, start } = await makePrometheus();
      const server = await start();
      const atS = nowS() - 600;
      const names = Array.from({ length: 5000 }, (_, index) => `m${index}`);
      const first = late === 2 ? [1234, 4321] : Array.from({ length: late }, (_, index) => 2100 + index);
      const ahead = first.map((index) => sampleOf(`${names[index]}`, -1, atS + 1));
      const events: AgentEvent[] = [];
      const sink = prometheusSink(url, {}, 60_000, events);
      expect(await sink.deliver(ahead)).toMatchObject({ kind: 'accepted' });
      const before = requestsIn(events);
      expect(await sink.deliver(names.map((name, index) => sampleOf(name, index, atS)))).toEqual({
        kind: 'dropped',
        samples: late,
        detail: `${url}/api/v1/write answered 400 ("out of order sample")`,
      });
      expect(requestsIn(events) - before).toBeLessThanOrEqual(most);
      const arrived = await server.read('{__name__=~"probe_m.*"}');
      expect(
        arrived
          .filter(([at]) => at === atS)
          .map(([, value]) => value)
          .sort((a, b) => a - b),
      ).toEqual(names.flatMap((_, index) => (first.includes(index) ? [] : [index])));
    },
  );

  test('that has a window for late samples refuses one before it: that one alone is lost', async () => {
    const { url, start } = await makePrometheus('storage:\n  tsdb:\n    out_of_order_time_window: 1m\n');
    const server = await start();
    const atS = nowS() - 600;
    const sink = prometheusSink(url);
    await sink.deliver([sampleOf('a', 1, atS)]);
    const delivery = await sink.deliver([
      sampleOf('a', 2, atS - 30),
      sampleOf('a', 0, atS - 300),
      sampleOf('b', 3, atS),
    ]);
    expect(delivery).toMatchObject({ kind: 'dropped', samples: 1, detail: expect.stringContaining('too old') });
    expect(await server.read('probe_a')).toEqual([
      [atS - 30, 2],
      [atS, 1],
    ]);
    expect(await server.read('probe_b')).toEqual([[atS, 3]]);
  });

  test('that did not get to answer has everything once, and nothing counts as lost', async () => {
    const { url, start } = await makePrometheus();
    const server = await start();
    const samples = backlog('web-1', 3, 20, nowS());
    const sink = prometheusSink(url);
    await sink.deliver(samples);
    // The same batch again, as after an answer that was lost on the way.
    const again = prometheusSink(url, {}, 60_000, [], ['lost', 'as it is']);
    expect(await again.deliver(samples)).toMatchObject({ kind: 'returned', mayHaveArrived: true });
    expect(await again.deliver(samples)).toMatchObject({ kind: 'accepted' });
    for (let metric = 0; metric < 3; metric += 1)
      expect(await server.read(`backlog_m${metric}`)).toEqual(readingsOf(samples, `web-1.backlog.m${metric}`));
  });

  test('at a path that it does not know takes nothing: that is told as a refusal, after one request', async () => {
    const { url, start } = await makePrometheus();
    await start();
    const home = makeHome();
    home.print(['a 1']);
    const agent = home.start(section(`${url}/write`));
    expect((await agent.event('sink.refused'))['detail']).toMatch(
      /answered 40[45] .*correct url in \[sink:prometheus\] \(\/api\/v1\/write is added only to a URL without a path\)/,
    );
    agent.process.kill('SIGTERM');
    expect((await agent.event('daemon.stopped'))['samplesLeft']).toBe(1);
  });
});

function sampleOf(name: string, value: number, atS: number): Sample {
  return { metric: metricName(`web-1.probe.${name}`), value, atS: unixSeconds(atS) };
}

function requestsIn(events: readonly AgentEvent[]): number {
  return events.filter(({ event }) => event === 'wire.sent').length;
}

/**
 * A sink of the host `web-1`. `answers`: what becomes of the first answers, `lost` or `as it is`.
 */
function prometheusSink(
  url: string,
  change: Partial<PrometheusSettings> = {},
  silenceMs = 60_000,
  events: AgentEvent[] = [],
  answers: string[] = [],
): Sink {
  const settings: PrometheusSettings = {
    url: `${url}/api/v1/write`,
    version: '1.0',
    login: { kind: 'none' },
    headers: {},
    headersOrigin: null,
    tls: { caFile: null, verify: true },
    ...change,
  };
  const edges = sinkEdges();
  const { httpPost } = edges;
  const failure = { code: 'ECONNRESET', detail: 'the answer was lost' };
  return createPrometheusSink(
    {
      ...edges,
      patience: { silenceMs },
      emit: (event) => events.push(event),
      httpPost: (clock, request, onDone) =>
        httpPost(clock, request, (outcome) =>
          onDone(answers.shift() === 'lost' ? { kind: 'failed', failure, mayHaveArrived: true } : outcome),
        ),
    },
    settings,
    { hostname: 'web-1', userAgent: 'test' },
  );
}

function haveAsMany(count: number) {
  return (all: readonly Readings[]) => all.every((readings) => readings.length >= count);
}
