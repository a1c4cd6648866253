import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { offsetMs } from '../../src/scheduler/spread.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilCount } from '../helpers/processes.ts';
import { makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { turn } from '../helpers/turns.ts';

const names = ['a', 'b', 'c', 'd'];
const momentMs = (plugin: string | null, intervalS = 60) => offsetMs('testhost', plugin, intervalS);
const inOrder = names.toSorted((one, other) => momentMs(one) - momentMs(other));

/**
 * An agent with some plugins of one gauge each, and when each run began, in ms since the tick of a
 * minute.
 */
function spreadAgent(change: Parameters<typeof testDaemon>[1] = {}) {
  const home = makeHome();
  for (const name of names) writePlugin(home.scripts, name, '#!/bin/sh\necho value 1\n');
  const agent = testDaemon(home, { spread: true, ...change });
  const begun: string[] = [];
  let seen = 0;
  /** Moves on by a second at a time or less; what began is over before the next step. */
  async function pass(ms: number) {
    for (let passedMs = 0; passedMs < ms; ) {
      const stepMs = Math.min(ms - passedMs, nextMomentMs(agent));
      passedMs += stepMs;
      agent.clock.advance(stepMs);
      const started = agent.events.of('run.started').slice(seen);
      seen += started.length;
      begun.push(...started.map(({ plugin }) => `${plugin} ${agent.clock.nowMs() % 60_000}`));
      for (const { plugin } of started) await agent.events.next('run.finished', (event) => event.plugin === plugin);
      await turn();
    }
  }
  return { home, agent, begun, pass };
}

/** The ms until something can happen: the next of all moments, or the next whole second. */
function nextMomentMs(agent: TestDaemon): number {
  const sinceTickMs = agent.clock.nowMs() % 10_000;
  const moments = [...names, null].flatMap((name) =>
    [10, 30, 60].map((intervalS) => momentMs(name, intervalS) % 10_000),
  );
  return Math.min(
    1000,
    10_000 - sinceTickMs,
    ...moments.filter((ms) => ms > sinceTickMs).map((ms) => ms - sinceTickMs),
  );
}

test('each plugin runs once an interval, at its own moment, and that is the time of its samples', async () => {
  const { agent, begun, pass } = spreadAgent();
  agent.tick();
  const tickS = agent.clock.nowMs() / 1000;
  await pass(179_000);
  await agent.stop(); // prints what waits
  const once = inOrder.map((name) => `${name} ${momentMs(name)}`);
  expect(begun).toEqual([...once, ...once, ...once]);
  expect(agent.samples.toSorted()).toEqual(
    names.flatMap((name) =>
      [0, 60, 120].map((sinceS) => `testhost.${name}.value 1 ${tickS + sinceS + Math.floor(momentMs(name) / 1000)}`),
    ),
  );
});

test('an agent on the same host that is started anew runs them at the same moments, another host at others', async () => {
  const first = spreadAgent();
  first.agent.tick();
  await first.pass(59_000);
  await first.agent.stop();
  const again = spreadAgent();
  again.agent.tick();
  await again.pass(59_000);
  expect(again.begun).toEqual(first.begun);
  const elsewhere = spreadAgent({ hostname: 'otherhost' });
  elsewhere.agent.tick();
  await elsewhere.pass(59_000);
  expect(elsewhere.begun.filter((run) => first.begun.includes(run))).toEqual([]);
});

test('the host is measured at a moment of its own, which is the time of what is measured and of what the agent says of itself', async () => {
  const { agent, pass } = spreadAgent({ hostMetrics: true, selfMetrics: true });
  agent.tick();
  const tickS = agent.clock.nowMs() / 1000;
  const timesOf = (part: string) => [
    ...new Set(agent.samples.filter((line) => line.includes(part)).map((line) => Number(line.split(' ')[2]))),
  ];
  await pass(momentMs(null) - 1);
  expect([timesOf('.load.'), timesOf('.instrument_server.')]).toEqual([[], []]);
  for (const sinceS of [0, 60, 120]) {
    await pass(sinceS === 0 ? 1 : 60_000);
    const atS = tickS + sinceS + Math.floor(momentMs(null) / 1000);
    while (timesOf('.load.').at(-1) !== atS) await turn();
    expect(timesOf('.instrument_server.').at(-1)).toBe(atS);
  }
  expect([timesOf('.load.').length, timesOf('.instrument_server.').length]).toEqual([3, 3]);
});

test('the status tells when each plugin runs next: at its moment in this interval, then in the next one', async () => {
  const { agent, pass } = spreadAgent();
  const [first = '', second = ''] = inOrder;
  const nextOf = (file: string) => agent.status().plugins.find((plugin) => plugin.file === file)?.nextDueAtS;
  const tickMs = Math.ceil(agent.clock.nowMs() / 60_000) * 60_000;
  expect(nextOf(first)).toBe((tickMs + momentMs(first)) / 1000);
  expect(agent.plugin(first).plugins[0]?.reasons[0]?.kind).toBe('not-run-yet');
  agent.tick();
  expect(nextOf(first)).toBe((tickMs + momentMs(first)) / 1000);
  expect(agent.plugin(first).plugins[0]?.reasons[0]?.kind).toBe('not-run-yet');
  await pass(momentMs(first));
  expect([nextOf(first), nextOf(second)]).toEqual([
    (tickMs + 60_000 + momentMs(first)) / 1000,
    (tickMs + momentMs(second)) / 1000,
  ]);
});

test('one that runs every 5 minutes does so at its moment behind the tick that it is due at', async () => {
  const { agent, begun, pass } = spreadAgent({
    plugins: new Map([['a', { ...defaultPluginSettings, enabled: true, intervalS: 300, env: {} }]]),
  });
  agent.tick();
  const tickMs = agent.clock.nowMs();
  const dueMs = Math.ceil(tickMs / 300_000) * 300_000;
  await pass(dueMs === tickMs ? 300_000 : dueMs - tickMs);
  const before = begun.filter((run) => run.startsWith('a ')).length;
  const next = agent.status().plugins.find(({ file }) => file === 'a')?.nextDueAtS;
  const dueAtS = (dueMs === tickMs ? dueMs + 300_000 : dueMs) / 1000;
  expect([before, next]).toEqual([dueMs === tickMs ? 1 : 0, dueAtS + momentMs('a') / 1000]);
  await pass(299_000);
  expect(begun.filter((run) => run.startsWith('a '))).toHaveLength(before + 1);
});

test('a run that lasts beyond the tick is skipped only when its own moment comes again, and never doubled', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo');
  const agent = testDaemon(home, { spread: true }, { HOLD_FIFO: hold.path });
  const moment = momentMs('waits-on-fifo');
  agent.tick();
  agent.clock.advance(moment);
  await untilCount(path, 1);
  agent.tick();
  await turn();
  expect(agent.events.of('run.skipped')).toEqual([]);
  agent.clock.advance(moment);
  await agent.events.next('run.skipped');
  expect([agent.events.of('run.skipped').map(({ skips }) => skips), pidsWith(path).length]).toEqual([[1], 1]);
  const finished = agent.events.next('run.finished');
  hold.release();
  await finished;
  await turn(); // the claim is released right after the event
  agent.tick();
  agent.clock.advance(moment);
  await untilCount(path, 1);
  hold.release();
});

test('a script that is removed, or rejected, before its moment comes does not run', async () => {
  const { home, agent, begun, pass } = spreadAgent();
  agent.tick();
  rmSync(join(home.scripts, 'b'));
  chmodSync(join(home.scripts, 'c'), 0o755);
  await pass(59_000);
  expect(begun.map((run) => run.slice(0, 1))).toEqual(inOrder.filter((name) => name === 'a' || name === 'd'));
});

test('a stop begins nothing of what is held, and does not wait for it', async () => {
  const { agent, begun } = spreadAgent({ selfMetrics: true });
  agent.tick();
  await agent.stop();
  agent.clock.advance(120_000);
  expect([begun, agent.events.of('run.started'), agent.clock.pending()]).toEqual([[], [], 0]);
});

test('switched on or off while it runs, each plugin still runs once an interval', async () => {
  const { agent, begun, pass } = spreadAgent({ spread: false });
  agent.tick();
  await pass(10_000);
  agent.reload({ spread: true });
  await pass(60_000);
  expect(agent.events.of('config.reloaded')).toHaveLength(1);
  agent.reload({ spread: false });
  await pass(60_000);
  const runs = (name: string) => begun.filter((run) => run.startsWith(`${name} `)).map((run) => Number(run.slice(2)));
  for (const name of names) expect(runs(name).slice(1)).toEqual([momentMs(name), 0]); // the first one began with the tick, before the count
});

test('an interval that is cut short while plugins are held runs none of them twice in one', async () => {
  const { agent, begun, pass } = spreadAgent();
  agent.tick();
  await pass(1);
  const from = begun.length;
  agent.reload({ reportIntervalS: 10 });
  await pass(59_998);
  const runs = (name: string) => begun.slice(from).filter((run) => run.startsWith(`${name} `));
  for (const name of names) {
    const intervals = runs(name).map((run) => Math.floor(Number(run.slice(2)) / 10_000));
    expect(intervals.filter((interval) => interval > 0)).toEqual([1, 2, 3, 4, 5]);
  }
});

test('a host that slept through an hour runs each plugin once in the interval it wakes in, and nothing of what it slept through', async () => {
  const { agent, begun, pass } = spreadAgent();
  agent.tick();
  agent.clock.jump(3_600_000 + 20_000); // timers stand still while the host sleeps
  await pass(59_999);
  expect(begun).toEqual([]);
  await pass(39_000);
  const late = names.filter((name) => momentMs(name) < 20_000);
  expect(begun.map((run) => run.slice(0, 1)).toSorted()).toEqual(names);
  expect(begun.slice(0, late.length).map((run) => Number(run.slice(2)) - 20_000 < 1000)).toEqual(late.map(() => true));
});

test('what is read in an interval is one delivery, at the moment of the host', async () => {
  const collector = await fakeCollector();
  onTestFinished(() => collector.close());
  const { agent, pass } = spreadAgent({
    reportIntervalS: 30,
    collector: {
      apiKey: { key: 'k', origin: 'the flag -k' },
      address: { host: '127.0.0.1', port: collector.port, tls: false },
      tlsCa: null,
      tlsVerify: true,
      counters: 'gauge' as const,
      notices: false,
      proxy: null,
    },
  });
  const earlier = names.filter((name) => momentMs(name, 30) < momentMs(null, 30)).length;
  agent.clock.advance(30_000 - (agent.clock.nowMs() % 30_000));
  await pass(momentMs(null, 30));
  expect(await agent.events.next('batch.sent')).toMatchObject({ samples: earlier });
  await pass(30_000);
  expect(await agent.events.next('batch.sent')).toMatchObject({ samples: names.length });
  expect(collector.connections).toHaveLength(2);
});
