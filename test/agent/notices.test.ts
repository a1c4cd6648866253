import { rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { Config } from '../../src/model/config.ts';
import { type FakeCollector, fakeCollector } from '../helpers/fake-collector.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { secrets } from '../helpers/secrets.ts';
import { type Home, makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { advanceUntil } from '../view/figures.ts';

async function collectorOf(options: Parameters<typeof fakeCollector>[0] = {}): Promise<FakeCollector> {
  const collector = await fakeCollector(options);
  onTestFinished(collector.close);
  return collector;
}

function agentWith(home: Home, collector: FakeCollector, change: Partial<Config['collector']> = {}): TestDaemon {
  return testDaemon(home, {
    collector: {
      apiKey: { key: secrets.apiKey, origin: 'the flag -k' },
      address: { host: '127.0.0.1', port: collector.port, tls: false },
      tlsCa: null,
      tlsVerify: true,
      counters: 'gauge',
      notices: true,
      proxy: null,
      ...change,
    },
  });
}

/** The stand-in collector reads a line byte by byte. */
const noticesOf = ({ lines }: FakeCollector) =>
  lines.filter((line) => line.startsWith('notice ')).map((line) => Buffer.from(line, 'latin1').toString());

/**
 * Lets time pass, a little at each turn, until the collector has this many notices. One that a tick
 * kept from being confirmed comes twice.
 */
async function untilNotices(agent: TestDaemon, collector: FakeCollector, count: number): Promise<readonly string[]> {
  const different = () => [...new Set(noticesOf(collector))];
  await advanceUntil(agent, () => different().length >= count);
  return different();
}

const nowS = (agent: TestDaemon) => Math.floor(agent.clock.nowMs() / 1000);

/** Runs `p` at ticks, over more than five minutes. */
async function sixTicks(agent: TestDaemon): Promise<void> {
  for (let tick = 0; tick < 6; tick += 1) await agent.tickAndFinish('p');
}

test('the start of the agent, a failing plugin and its recovery are sent as notices, which need no sample', async () => {
  const home = makeHome();
  const collector = await collectorOf();
  writePlugin(home.scripts, 'p', '#!/bin/sh\nexit 3\n');
  const agent = agentWith(home, collector);
  const startedS = nowS(agent);
  const [started] = await untilNotices(agent, collector, 1);
  expect(started).toMatch(
    new RegExp(`^notice ${startedS} 0 testhost: the agent \\(instrument_server [^ ]+\\) was started$`),
  );
  await agent.tickAndFinish('p');
  const failedS = nowS(agent);
  const [, failing] = await untilNotices(agent, collector, 2);
  expect(failing).toBe(`notice ${failedS} 0 testhost: plugin p fails: it exited with status 3`);
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "a 1"\n');
  await agent.tickAndFinish('p');
  const [, , changed] = await untilNotices(agent, collector, 3);
  expect(changed).toMatch(/^notice \d+ 0 testhost: plugin p was changed$/);
  await sixTicks(agent);
  const [, , , well] = await untilNotices(agent, collector, 4);
  expect(well).toMatch(new RegExp(`^notice ${failedS} \\d+ testhost: plugin p is well again after `));
});

test('without the key of the configuration nothing but samples is sent', async () => {
  const home = makeHome();
  const collector = await collectorOf();
  writePlugin(home.scripts, 'p', '#!/bin/sh\nexit 1\n');
  const agent = agentWith(home, collector, { notices: false });
  writePlugin(home.scripts, 'q', '#!/bin/sh\necho "a 1"\n');
  await agent.tickAndFinish('p', 'q');
  await advanceUntil(agent, () => collector.lines.length >= 1);
  await agent.stop();
  expect(collector.lines).toEqual([expect.stringMatching(/^gauge testhost\.q\.a 1 \d+ 1$/)]);
});

test('notices wait while the collector is away, also over a restart of the agent, and are then sent once', async () => {
  const home = makeHome();
  const collector = await collectorOf({ refuse: true });
  writePlugin(home.scripts, 'p', '#!/bin/sh\nkill -9 $$\n');
  const first = agentWith(home, collector);
  await first.tickAndFinish('p');
  await advanceUntil(first, () => first.events.of('batch.returned').length > 0);
  await first.stop();
  collector.setMode({ refuse: false });
  const second = agentWith(home, collector);
  await untilNotices(second, collector, 2);
  await second.stop();
  expect(noticesOf(collector).map((line) => line.split(' ').slice(3).join(' '))).toEqual([
    expect.stringMatching(/^testhost: the agent .* was started$/),
    'testhost: plugin p fails: it was ended by SIGKILL',
  ]);
});

test('a plugin that fails and recovers all the time has a notice in five minutes at most, and its last state is told', async () => {
  const home = makeHome();
  const collector = await collectorOf();
  const path = writePlugin(home.scripts, 'p', '#!/bin/sh\ntest -e "$0.ok" && echo "a 1"\n');
  const isOk = (ok: boolean) => (ok ? writeFileSync(`${path}.ok`, '') : rmSync(`${path}.ok`, { force: true }));
  const agent = agentWith(home, collector);
  for (let tick = 0; tick < 21; tick += 1) {
    isOk(tick % 2 === 1);
    await agent.tickAndFinish('p');
  }
  isOk(true);
  await sixTicks(agent);
  await untilNotices(agent, collector, 2);
  await agent.stop();
  const states = noticesOf(collector).filter((line) => line.includes('plugin p '));
  expect(states.length).toBeLessThanOrEqual(6); // 27 minutes
  expect(states.at(-1)).toMatch(/is well again/);
});

test('a plugin that was said to fail is not said to fail again after a restart, and is said to be well then', async () => {
  const home = makeHome();
  const collector = await collectorOf();
  writePlugin(home.scripts, 'p', '#!/bin/sh\nexit 1\n');
  const first = agentWith(home, collector);
  await first.tickAndFinish('p');
  await untilNotices(first, collector, 2);
  await first.stop();
  const second = agentWith(home, collector);
  await sixTicks(second);
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "a 1"\n');
  await sixTicks(second);
  await second.stop();
  const said = noticesOf(collector).filter((line) => / plugin p (fails|is well)/.test(line));
  expect(said).toEqual([expect.stringContaining('plugin p fails'), expect.stringContaining('plugin p is well again')]);
});

test('a notice says in which way a plugin fails, in words that nothing of its own is in', async () => {
  const home = makeHome();
  const collector = await collectorOf();
  writePlugin(home.scripts, 'gone', '#!/nowhere/interpreter\n');
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "words of its own" >&2\nexit 7\n');
  const odd = ['x'.repeat(150), 'a\u202eb\nc'];
  for (const name of odd) writePlugin(home.scripts, name, '#!/bin/sh\nexit 1\n');
  const agent = agentWith(home, collector);
  await agent.tickAndFinish('gone', 'p', ...odd);
  const notices = await untilNotices(agent, collector, 5);
  const texts = notices.map((line) => line.split(' ').slice(3).join(' '));
  expect(texts).toContain('testhost: plugin gone fails: it could not be started (ENOENT)');
  expect(texts).toContain('testhost: plugin p fails: it exited with status 7');
  expect(texts).toContain(`testhost: plugin ${'x'.repeat(120)}… fails: it exited with status 1`);
  expect(texts).toContain('testhost: plugin a\\u{202e}b\\nc fails: it exited with status 1');
});
