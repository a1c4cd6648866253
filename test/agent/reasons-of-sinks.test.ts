import { expect, onTestFinished, test } from 'vitest';
import type { Config, InfluxSettings } from '../../src/model/config.ts';
import { fakeHttpServer } from '../helpers/fake-http-server.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';
import { collector, explanation, kinds, plugin, until } from './reasons-set-up.ts';

const goodKey = 'GOOD-KEY-OF-THIS-TEST';

function collectorAt(port: number, key: string): Config['collector'] {
  return {
    apiKey: { key, origin: 'the flag -k' },
    address: { host: '127.41.7.3', port, tls: false },
    tlsCa: null,
    tlsVerify: true,
  };
}

function influxAt(url: string, token: string | null = null): Config['sinks'] {
  const login: InfluxSettings['login'] =
    token === null ? { kind: 'none' } : { kind: 'token', token, origin: 'a.ini:3' };
  return {
    graphite: null,
    otlp: null,
    prometheus: null,
    influx: { url, into: { kind: 'database', database: 'd' }, login, tls: { caFile: null, verify: true } },
  };
}

async function server() {
  const started = await fakeHttpServer();
  onTestFinished(started.close);
  return started;
}

test('a collector that is away is named, with for how long and how many samples wait; when it is back that is over', async () => {
  const gone = await collector();
  await gone.close();
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, { collector: collectorAt(gone.port, goodKey) });
  await agent.tickAndFinish('two-gauges');
  await until(agent, () => kinds(agent, 'two-gauges').includes('collector-away'));
  const told = explanation(agent, 'two-gauges', 'collector-away');
  expect(told).toContain(`instrumental has taken nothing for 0s: `);
  expect(told).toContain(`127.41.7.3:${gone.port}`);
  expect(told).toMatch(
    /; 2 samples wait and none is lost; the agent tries again by itself; try it now; instrument_server check --connect$/,
  );
  expect(plugin(agent, 'two-gauges').state).toBe('ok'); // it does report, to us
  agent.clock.advance(100_000);
  expect(explanation(agent, 'two-gauges', 'collector-away')).toMatch(/^instrumental has taken nothing for 1m 4\d?s?/);
  const back = await collector(gone.port);
  // Its run of the tick that went by may look hung on this clock while it is still beginning on
  // the machine's.
  await until(
    agent,
    () =>
      back.batches.length > 0 &&
      agent.status().sinks[0]?.waitingSamples === 0 &&
      kinds(agent, 'two-gauges').length === 0,
  );
  expect(agent.status().sinks).toMatchObject([
    { name: 'instrumental', state: 'connected', trouble: null, troubleSinceS: null, waitingSamples: 0 },
  ]);
});

test('a key that is refused is told with where it came from, never with itself; the right one ends it without a restart', async () => {
  const there = await collector();
  there.setMode({ acceptKey: goodKey });
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, { collector: collectorAt(there.port, 'a-wrong-key') });
  await agent.tickAndFinish('two-gauges');
  await until(agent, () => kinds(agent, 'two-gauges').includes('key-refused'));
  const told = explanation(agent, 'two-gauges', 'key-refused');
  expect(told).toMatch(
    /^instrumental has refused the agent for 0s: .* refuses the API key from the flag -k \(it answered "fail"\); replace it with your account's API key; 2 samples wait/,
  );
  expect(JSON.stringify([agent.status(), agent.plugin('two-gauges')])).not.toContain('a-wrong-key');
  agent.reload({ collector: collectorAt(there.port, goodKey) });
  await until(agent, () => there.lines.length === 2 && agent.status().sinks[0]?.waitingSamples === 0);
  expect(kinds(agent, 'two-gauges')).toEqual([]);
  expect(agent.status().sinks).toMatchObject([{ state: 'connected', sentSamples: 2, waitingSamples: 0 }]);
});

test('a sink that refuses us tells which settings to correct, and those end it', async () => {
  const influx = await server();
  influx.reply(({ headers }) => ({ status: headers.authorization === 'Token right-one' ? 204 : 401 }));
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, { sinks: influxAt(influx.url, 'wrong-one') });
  await agent.tickAndFinish('two-gauges');
  await until(agent, () => kinds(agent, 'two-gauges').includes('sink-refused'));
  const told = explanation(agent, 'two-gauges', 'sink-refused');
  expect(told).toMatch(
    /^influx has refused the agent for 0s: http:\S+ answered 401; .*a\.ini:3.*; 2 samples wait and none is lost; when that is done, try it; instrument_server check --connect$/,
  );
  expect(JSON.stringify(agent.status())).not.toContain('wrong-one');
  agent.reload({ sinks: influxAt(influx.url, 'right-one') });
  await until(agent, () => influx.accepted.length === 1 && kinds(agent, 'two-gauges').length === 0);
});

test('a sink that fails or asks for patience is away until it takes the samples', async () => {
  const influx = await server();
  influx.reply({ status: 503, headers: { 'retry-after': '7' } });
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, { sinks: influxAt(influx.url) });
  await agent.tickAndFinish('two-gauges');
  await until(agent, () => kinds(agent, 'two-gauges').includes('sink-away'));
  expect(agent.status().sinks[0]?.state).toBe('busy');
  expect(explanation(agent, 'two-gauges', 'sink-away')).toMatch(
    /^influx has taken nothing for \d+s: .* answered 503.*; 2 samples wait and /,
  );
  influx.reply({ status: 204 });
  await until(agent, () => kinds(agent, 'two-gauges').length === 0);
  expect(agent.status().sinks[0]?.state).toBe('connected');
});

test('samples that a sink will never take are told as lost for it, until it takes some again', async () => {
  const influx = await server();
  influx.reply({ status: 400, body: '{"message":"unable to parse"}' });
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, { sinks: influxAt(influx.url) });
  await agent.tickAndFinish('two-gauges');
  await until(agent, () => kinds(agent, 'two-gauges').includes('samples-refused'));
  expect(explanation(agent, 'two-gauges', 'samples-refused')).toMatch(
    /^influx will never take 2 samples, which are lost for it: .*unable to parse/,
  );
  influx.reply({ status: 204 });
  await agent.tickAndFinish('two-gauges');
  await until(agent, () => influx.accepted.length > 0 && kinds(agent, 'two-gauges').length === 0);
  expect(agent.status().sinks).toMatchObject([
    { state: 'connected', trouble: null, droppedSamples: 2, sentSamples: 2 },
  ]);
});

test('without a key and a sink that is the reason, and the key that it tells to give ends it', async () => {
  const there = await collector();
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, {}, {}, { hasConsole: false });
  await agent.tickAndFinish('two-gauges');
  expect(explanation(agent, 'two-gauges', 'no-sink')).toBe(
    'samples are sent nowhere: there is no key and no sink; give a key with -k or api_key under [collector], or a [sink:…] section',
  );
  agent.reload({ collector: collectorAt(there.port, goodKey) });
  await agent.tickAndFinish('two-gauges');
  await until(agent, () => there.lines.length >= 2 && agent.status().sinks[0]?.waitingSamples === 0);
  expect(kinds(agent, 'two-gauges')).toEqual([]);
});
