import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import type { Config } from '../../src/model/config.ts';
import { holdings } from '../helpers/descriptors.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { moment, turn } from '../helpers/turns.ts';

const own = (home: ReturnType<typeof makeHome>) => testConfig(home);

async function collectorFor(key: string) {
  const collector = await fakeCollector();
  onTestFinished(() => collector.close());
  const settings: Config['collector'] = {
    apiKey: { key, origin: 'the flag -k' },
    address: { host: '127.0.0.1', port: collector.port, tls: false },
    tlsCa: null,
    tlsVerify: true,
    counters: 'gauge' as const,
    notices: false,
    proxy: null,
  };
  return { collector, settings };
}

test('another host name counts from the next run on', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home);
  await agent.tickAndFinish('two-gauges');
  agent.reload({ hostname: 'other' });
  await agent.tickAndFinish('two-gauges');
  await agent.untilSamples(4);
  expect(agent.samples.map((line) => line.split('.')[0])).toEqual(['testhost', 'testhost', 'other', 'other']);
});

test("the system's new name counts from the next tick on, where none is configured, and is logged once", async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  let name = 'before';
  const agent = testDaemon(home, { isSystemHostname: true }, {}, { hostname: () => name });
  await agent.tickAndFinish('two-gauges');
  name = 'after 1';
  await agent.tickAndFinish('two-gauges');
  agent.reload({ isSystemHostname: true, reportIntervalS: 60, hostname: 'as read at the start' });
  await agent.tickAndFinish('two-gauges');
  await agent.untilSamples(6);
  const hosts = agent.samples.map((line) => line.split('.')[0]);
  expect(hosts).toEqual(['before', 'before', 'after_1', 'after_1', 'after_1', 'after_1']);
  expect(agent.events.of('host.renamed')).toMatchObject([{ from: 'before', to: 'after_1' }]);
  expect(agent.status().hostname).toBe('after_1');
  agent.reload({ hostname: 'named', isSystemHostname: false });
  name = 'again';
  await agent.tickAndFinish('two-gauges');
  expect(agent.status().hostname).toBe('named');
});

test('another interval is in force at once, and no tick is lost', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home);
  await agent.tickAndFinish('two-gauges');
  agent.reload({ reportIntervalS: 10 });
  for (let n = 0; n < 3; n += 1) {
    const finished = agent.events.next('run.finished');
    agent.clock.advance(10_000);
    await finished;
    await turn(); // the claim's release follows
  }
  agent.reload({ reportIntervalS: 60 });
  await agent.tickAndFinish('two-gauges');
  const times = agent.events.of('tick.started').map(({ atS }) => atS);
  const [first = 0] = times;
  expect(times.map((atS) => atS - first)).toEqual([0, 10, 20, 30, 60]);
});

test("a plugin's own section, and the variables of all, count from its next run on", async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "$ALL $OWN" >&2\n');
  const agent = testDaemon(home, { env: { ALL: 'a1' } });
  await agent.tickAndFinish('p');
  agent.reload({
    env: { ALL: 'a2' },
    plugins: new Map([['p', { ...defaultPluginSettings, enabled: true, intervalS: null, env: { OWN: 'o2' } }]]),
  });
  await agent.tickAndFinish('p');
  agent.reload({ plugins: new Map([['p', { ...defaultPluginSettings, enabled: false, intervalS: null, env: {} }]]) });
  agent.tick();
  await turn();
  expect(agent.events.of('run.stderr').map(({ text }) => text.trim())).toEqual(['a1', 'a2 o2']);
  expect(agent.status().plugins.map(({ state }) => state)).toEqual(['disabled']);
});

test('with more slots, what waits for one begins without another tick', async () => {
  const home = makeHome();
  const hold = holdFifo();
  for (const name of ['a', 'b', 'c']) installPlugin(home.scripts, 'waits-on-fifo', { as: name });
  const agent = testDaemon(home, { maxConcurrency: 1 }, { HOLD_FIFO: hold.path });
  agent.tick();
  await agent.events.next('run.started');
  expect(agent.events.of('run.started')).toHaveLength(1);
  const others = [agent.events.next('run.started'), agent.events.next('run.started')];
  agent.reload({ maxConcurrency: 3 });
  await Promise.all(others);
});

test('with a key samples go to the collector instead of the console, with another collector to that one, and nothing is lost between', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const [one, two] = [await collectorFor('k1'), await collectorFor('k2')];
  const agent = testDaemon(home);
  await agent.tickAndFinish('two-gauges');
  await agent.untilSamples(2);
  agent.reload({ collector: one.settings });
  await agent.tickAndFinish('two-gauges');
  await one.collector.until(() => one.collector.lines.length === 2);
  agent.reload({ collector: two.settings });
  await agent.tickAndFinish('two-gauges');
  await two.collector.until(() => two.collector.lines.length === 2);
  expect([agent.samples.length, one.collector.lines.length, two.collector.lines.length]).toEqual([2, 2, 2]);
  expect(agent.status().sinks.map(({ name, address }) => [name, address])).toEqual([
    ['instrumental', `127.0.0.1:${two.collector.port}`],
  ]);
});

test('what a refused key held back goes out as soon as the right key is there', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const { collector, settings } = await collectorFor('wrong');
  collector.setMode({ acceptKey: 'right' });
  const agent = testDaemon(home, { collector: settings });
  await agent.tickAndFinish('two-gauges');
  await agent.events.next('sink.refused');
  expect(agent.status().sinks[0]).toMatchObject({ state: 'refused', waitingSamples: 2 });
  agent.reload({ collector: { ...settings, apiKey: { key: 'right', origin: 'the flag -k' } } });
  await collector.until(() => collector.lines.length === 2); // the clock stands still: nothing waits for the 30 s of a refusal
  await agent.events.next('sink.connected');
  expect(agent.status().sinks[0]).toMatchObject({ state: 'connected', trouble: null, waitingSamples: 0 });
});

test('a sink whose settings stay as they are is not touched by a change of others', async () => {
  const home = makeHome();
  const { settings } = await collectorFor('k');
  const agent = testDaemon(home, { collector: settings });
  agent.reload({ collector: settings, selfMetrics: true, reportIntervalS: 120 });
  expect(agent.events.of('sink.added')).toHaveLength(1);
});

test('another script directory takes the place of the first, whose run goes on untouched and is not doubled', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const other = join(tempDir(), 'other');
  mkdirSync(other, { mode: 0o700 });
  const first = installPlugin(home.scripts, 'waits-on-fifo', { as: 'p' });
  const second = installPlugin(other, 'waits-on-fifo', { as: 'p' });
  installPlugin(other, 'two-gauges');
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  agent.tick();
  await agent.events.next('run.started');
  while (pidsWith(first).length === 0) await moment();
  const { scripts } = own(home);
  agent.reload({ scripts: { ...scripts, location: other } });
  expect(agent.status().plugins.map(({ path }) => path)).toEqual([second, join(other, 'two-gauges')]);
  await agent.tickAndFinish('two-gauges');
  expect(agent.events.of('run.skipped')).toMatchObject([{ plugin: 'p' }]);
  expect([pidsWith(first).length, pidsWith(second).length]).toEqual([1, 0]);
  hold.release();
  await agent.events.next('run.finished', ({ plugin }) => plugin === 'p');
  await turn();
  agent.tick();
  while (pidsWith(second).length === 0) await moment();
  expect(pidsWith(first)).toEqual([]);
});

test('a script that waits for a slot while its directory is replaced does not run any more', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const other = join(tempDir(), 'other');
  mkdirSync(other, { mode: 0o700 });
  for (const name of ['a', 'b']) installPlugin(home.scripts, 'waits-on-fifo', { as: name });
  const agent = testDaemon(home, { maxConcurrency: 1 }, { HOLD_FIFO: hold.path });
  agent.tick();
  await agent.events.next('run.started');
  const { scripts } = own(home);
  agent.reload({ scripts: { ...scripts, location: other } });
  hold.release();
  await agent.events.next('run.finished');
  await turn();
  expect(agent.events.of('run.started').map(({ plugin }) => plugin)).toEqual(['a']);
  installPlugin(other, 'two-gauges', { as: 'b' });
  await agent.tickAndFinish('b'); // its claim was given back
});

test('scripts can be switched off and on again', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home);
  await agent.tickAndFinish('two-gauges');
  const { scripts } = own(home);
  agent.reload({ scripts: { ...scripts, enabled: false } });
  agent.tick();
  await turn();
  expect(agent.status()).toMatchObject({ plugins: [], scripts: { isEnabled: false } });
  agent.reload({ scripts });
  await agent.tickAndFinish('two-gauges');
  expect(agent.events.of('run.finished')).toHaveLength(2);
});

test('a script directory that can not be used refuses the whole change, in words, and all goes on as it was', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const open = join(tempDir(), 'open');
  mkdirSync(open);
  chmodSync(open, 0o755);
  const agent = testDaemon(home);
  const { scripts } = own(home);
  expect(() => agent.reload({ hostname: 'other', scripts: { ...scripts, location: open } })).toThrow(
    /open has mode 0755: .*; chmod 0700/,
  );
  await agent.tickAndFinish('two-gauges');
  await agent.untilSamples(2);
  expect(agent.samples[0]).toMatch(/^testhost\.two-gauges/);
});

test('five hundred changes in a row leave no descriptor and no watch behind', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const { settings } = await collectorFor('k');
  const agent = testDaemon(home);
  const change = (n: number): Partial<Config> => ({
    hostname: `host${n % 7}`,
    reportIntervalS: [10, 30, 60][n % 3] ?? 60,
    maxConcurrency: 1 + (n % 5),
    env: { N: String(n % 4) },
    collector: n % 2 === 0 ? settings : own(home).collector,
    plugins: new Map([['two-gauges', { ...defaultPluginSettings, enabled: n % 3 > 0, intervalS: null, env: {} }]]),
  });
  for (let n = 0; n < 20; n += 1) agent.reload(change(n));
  while (holdings().watches < 1) await turn(); // of the directory
  const before = holdings();
  for (let n = 20; n < 500; n += 1) {
    agent.reload(change(n));
    if (n % 20 === 0) await turn();
  }
  await turn();
  const after = holdings();
  expect(after.descriptors - before.descriptors).toBeLessThanOrEqual(4);
  expect(after.watches).toBe(before.watches);
  agent.reload(own(home));
  await agent.tickAndFinish('two-gauges');
  expect(agent.status()).toMatchObject({ hostname: 'testhost', intervalS: 60, sinks: [{ name: 'console' }] });
});
