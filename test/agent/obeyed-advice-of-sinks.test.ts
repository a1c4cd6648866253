import { writeFileSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import type { ReasonKind } from '../../src/model/advice.ts';
import type { Config } from '../../src/model/config.ts';
import type { FakeCollector } from '../helpers/fake-collector.ts';
import { type FakeHttpServer, fakeHttpServer } from '../helpers/fake-http-server.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { type Home, makeHome, type TestDaemon } from '../helpers/test-daemon.ts';
import {
  agentOf,
  configurationOf,
  type Obedience,
  obey,
  type SinkKind,
  type Story,
  testStories,
} from './obeyed-advice-set-up.ts';
import { collector, kinds, plugin, until } from './reasons-set-up.ts';

const [goodKey, wrongKey] = ['GOOD-KEY-OF-THIS-TEST', 'a-wrong-key-of-this-test'];

/** The collector of a configuration, and the same as the file that the agent's commands read. */
function useCollector(home: Home, port: number, key: string): Pick<Config, 'collector'> {
  const lines = ['[collector]', `address = tcp://127.41.7.3:${port}`, `api_key = ${key}`, ''];
  writeFileSync(configurationOf(home), lines.join('\n'), { mode: 0o600 });
  const address = { host: '127.41.7.3', port, tls: false };
  return { collector: { apiKey: { key, origin: configurationOf(home) }, address, tlsCa: null, tlsVerify: true } };
}

/** The same for an InfluxDB. */
function useInflux(home: Home, url: string, token: string): Pick<Config, 'sinks'> {
  const lines = ['[sink:influx]', `url = ${url}`, 'database = d', `token = ${token}`, ''];
  writeFileSync(configurationOf(home), lines.join('\n'), { mode: 0o600 });
  const login = { kind: 'token', token, origin: `${configurationOf(home)}:4` } as const;
  const influx = {
    url,
    into: { kind: 'database', database: 'd' },
    login,
    tls: { caFile: null, verify: true },
  } as const;
  return { sinks: { graphite: null, otlp: null, prometheus: null, influx } };
}

/** A plugin that has run, and what is said of its samples. Then they all arrive. */
async function expectArrival(
  kind: ReasonKind,
  home: Home,
  agent: TestDaemon,
  obeyed: Obedience,
  arrived: () => boolean,
): Promise<void> {
  await until(agent, () => kinds(agent, 'two-gauges').includes(kind));
  await obey({ home, agent, file: 'two-gauges', kind }, obeyed);
  await agent.tickAndFinish('two-gauges');
  const hasAll = () => agent.status().sinks.every(({ waitingSamples }) => waitingSamples === 0);
  await until(agent, () => arrived() && hasAll() && kinds(agent, 'two-gauges').length === 0);
  expect(plugin(agent, 'two-gauges')).toMatchObject({ state: 'ok', reasons: [] });
  expect(agent.status().sinks).toMatchObject([{ state: 'connected', reason: null, waitingSamples: 0 }]);
}

async function withPlugin(change: (home: Home) => Partial<Config>, options: { hasConsole?: boolean } = {}) {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = agentOf(home, change(home), {}, options);
  await agent.tickAndFinish('two-gauges');
  return { home, agent };
}

async function influxServer(): Promise<FakeHttpServer> {
  const started = await fakeHttpServer();
  onTestFinished(started.close);
  return started;
}

const check = (exits: number, shows: RegExp) => ({ begins: 'instrument_server -f ', exits, shows });

const stories: Readonly<Record<SinkKind, readonly Story[]>> = {
  'collector-away': [
    {
      how: 'the check shows what is wrong; when the collector is back, the agent delivers by itself',
      act: async (kind) => {
        const gone = await collector();
        await gone.close();
        const { home, agent } = await withPlugin((of) => useCollector(of, gone.port, goodKey));
        let back: FakeCollector | null = null;
        const byHand = async () => {
          back = await collector(gone.port);
        };
        const says = /2 samples wait and none is lost; the agent tries again by itself; try it now$/;
        const obeyed = { commands: [check(1, /problem: instrumental: .*ECONNREFUSED/)], says, byHand };
        await expectArrival(kind, home, agent, obeyed, () => (back?.lines.length ?? 0) >= 4);
      },
    },
  ],
  'key-refused': [
    {
      how: 'the key is replaced where the sentence names it',
      act: async (kind) => {
        const there = await collector();
        there.setMode({ acceptKey: goodKey });
        const { home, agent } = await withPlugin((of) => useCollector(of, there.port, wrongKey));
        const obeyed: Obedience = {
          commands: [check(1, /refuses the API key/)],
          says: /refuses the API key from .*agent\.conf .*; replace it with your account's API key; .*; when that is done, try it$/,
          byHand: () => agent.reload(useCollector(home, there.port, goodKey)),
        };
        await expectArrival(kind, home, agent, obeyed, () => there.lines.length >= 4);
      },
    },
  ],
  'sink-away': [
    {
      how: 'the check shows what is wrong; when the server answers, the agent delivers by itself',
      act: async (kind) => {
        const influx = await influxServer();
        influx.reply({ status: 503 });
        const { home, agent } = await withPlugin((of) => useInflux(of, influx.url, 'right-one'));
        const obeyed: Obedience = {
          commands: [check(1, /problem: influx: .*503/)],
          says: /; the agent tries again by itself; try it now$/,
          byHand: () => influx.reply({ status: 204 }),
        };
        await expectArrival(kind, home, agent, obeyed, () => influx.accepted.length > 0);
      },
    },
  ],
  'sink-refused': [
    {
      how: 'the token is corrected where the sentence names it',
      act: async (kind) => {
        const influx = await influxServer();
        influx.reply(({ headers }) => ({ status: headers.authorization === 'Token right-one' ? 204 : 401 }));
        const { home, agent } = await withPlugin((of) => useInflux(of, influx.url, 'wrong-one'));
        const obeyed: Obedience = {
          commands: [check(1, /problem: influx: .* answered 401/)],
          says: /answered 401; .*agent\.conf:4.*; when that is done, try it$/,
          byHand: () => agent.reload(useInflux(home, influx.url, 'right-one')),
        };
        await expectArrival(kind, home, agent, obeyed, () => influx.accepted.length > 0);
      },
    },
  ],
  'samples-refused': [
    {
      how: 'the server takes such samples again',
      act: async (kind) => {
        const influx = await influxServer();
        influx.reply({ status: 400, body: '{"message":"unable to parse"}' });
        const { home, agent } = await withPlugin((of) => useInflux(of, influx.url, 'right-one'));
        const obeyed: Obedience = {
          commands: [],
          says: /^influx will never take 2 samples, which are lost for it: .*unable to parse.*; correct what the server complains of; the next samples are sent as usual$/,
          byHand: () => influx.reply({ status: 204 }),
        };
        await expectArrival(kind, home, agent, obeyed, () => influx.accepted.length > 0);
      },
    },
  ],
  'no-sink': [
    {
      how: 'a key is given',
      act: async (kind) => {
        const there = await collector();
        const { home, agent } = await withPlugin(() => ({}), { hasConsole: false });
        const obeyed: Obedience = {
          commands: [],
          says: /; give a key with -k or api_key under \[collector\], or a \[sink:…\] section$/,
          byHand: () => agent.reload(useCollector(home, there.port, goodKey)),
        };
        await expectArrival(kind, home, agent, obeyed, () => there.lines.length >= 2);
      },
    },
    {
      how: 'a section of a sink is given',
      act: async (kind) => {
        const influx = await influxServer();
        const { home, agent } = await withPlugin(() => ({}), { hasConsole: false });
        const obeyed: Obedience = {
          commands: [],
          says: /, or a \[sink:…\] section$/,
          byHand: () => agent.reload(useInflux(home, influx.url, 'right-one')),
        };
        await expectArrival(kind, home, agent, obeyed, () => influx.accepted.length > 0);
      },
    },
  ],
};

testStories(stories);
