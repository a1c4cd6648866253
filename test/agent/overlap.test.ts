import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { logLine } from '../../src/log/catalogue.ts';
import type { PluginFile } from '../../src/model/plugin.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilCount, untilEnded } from '../helpers/processes.ts';
import { makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { turn, turnUntil } from '../helpers/turns.ts';

/**
 * One tick, then as much time as a run needs to become overdue, slot after slot, until each of the
 * healthy ones has run.
 */
async function tickWithHung(agent: TestDaemon, healthy: readonly string[]): Promise<void> {
  const stepMs = 100;
  let passedMs = 0;
  const finished = Promise.all(
    healthy.map((file) => agent.events.next('run.finished', (event) => event.plugin === file)),
  );
  agent.tick();
  await turnUntil(finished, () => {
    if (passedMs >= 55_000) return;
    passedMs += stepMs;
    agent.clock.advance(stepMs);
  });
}

test('24 hung scripts on 4 slots cost the healthy ones nothing after their first time; each hung one exists once and outlives the stop', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const hung = Array.from({ length: 24 }, (_, index) => `hung-${String(index).padStart(2, '0')}`);
  const healthy = Array.from({ length: 6 }, (_, index) => `well-${index}`);
  for (const name of hung) installPlugin(home.scripts, 'waits-on-fifo', { as: name });
  for (const name of healthy) installPlugin(home.scripts, 'two-gauges', { as: name });
  const agent = testDaemon(home, { maxConcurrency: 4, overdueAfterMs: 500 }, { HOLD_FIFO: hold.path });
  for (let tick = 0; tick < 8; tick += 1) await tickWithHung(agent, healthy);

  const runs = (name: string) => agent.events.of('run.finished').filter(({ plugin }) => plugin === name).length;
  expect(healthy.map(runs)).toEqual(Array(6).fill(8));
  const overdue = new Set<string>(agent.events.of('run.overdue').map(({ plugin }) => plugin));
  expect(hung.filter((name) => overdue.has(name))).toEqual(hung);
  const pids = hung.map((name) => pidsWith(join(home.scripts, name)));
  expect(pids.map((list) => list.length)).toEqual(Array(24).fill(1));
  const skipsOf = (name: string) => agent.events.of('run.skipped').filter(({ plugin }) => plugin === name);
  expect(skipsOf('hung-00').map(({ skips }) => skips)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(skipsOf('hung-00').every((event) => logLine(event).level === 'debug')).toBe(true); // told together
  const told = agent.events.of('tick.skipped').filter((event) => logLine(event).level === 'warn');
  expect(told.map(({ repeat, running }) => [repeat, running])).toEqual([1, 2, 4].map((repeat) => [repeat, 24]));
  expect(skipsOf('hung-00').every(({ pid }) => pid === pids[0]?.[0])).toBe(true);
  expect(skipsOf('hung-00').at(-1)?.elapsedMs).toBeGreaterThan(4 * 60_000 - 1);

  await turnUntil(agent.stop(), () => agent.clock.advance(100));
  for (const list of pids) {
    const [pid = 0] = list;
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    expect(status).toMatch(/^ShdPnd:\s*0{16}$/m); // no process sent it a signal
    expect(status).toMatch(/^State:\s*S/m);
  }

  const next = testDaemon(home, { maxConcurrency: 4, overdueAfterMs: 500 }, { HOLD_FIFO: hold.path });
  expect(
    next.events
      .of('run.survived')
      .map(({ plugin }) => plugin)
      .sort(),
  ).toEqual(hung);
  await tickWithHung(next, healthy);
  expect(hung.map((name) => pidsWith(join(home.scripts, name)))).toEqual(pids);
  hold.release(24);
  for (const [pid = 0] of pids) await untilEnded(pid);
  await tickWithHung(next, healthy);
  expect(next.events.of('run.survivor-ended')).toHaveLength(24);
});

test('a run that goes on is skipped, and its plugin runs again at the tick after it ended', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo');
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  agent.tick();
  await untilCount(path, 1);
  agent.tick();
  await agent.events.next('run.skipped');
  expect(pidsWith(path)).toHaveLength(1);
  const finished = agent.events.next('run.finished');
  hold.release();
  await finished;
  await turn(); // the claim is released right after the event
  hold.release();
  await agent.tickAndFinish('waits-on-fifo');
  expect(agent.samples.filter((line) => line.startsWith('testhost.waits-on-fifo.released 1 '))).toHaveLength(2);
});

test('a plugin that waits for a slot is in flight: skipped as waiting, never queued twice', async () => {
  const home = makeHome();
  const hold = holdFifo();
  installPlugin(home.scripts, 'waits-on-fifo', { as: 'a-first' });
  installPlugin(home.scripts, 'two-gauges', { as: 'b-second' });
  const agent = testDaemon(home, { maxConcurrency: 1, overdueAfterMs: 200_000 }, { HOLD_FIFO: hold.path });
  agent.tick();
  await untilCount(join(home.scripts, 'a-first'), 1);
  agent.tick();
  expect(agent.events.of('run.skipped').map(({ plugin, reason }) => [plugin, reason])).toEqual([
    ['a-first', 'running'],
    ['b-second', 'waiting'],
  ]);
  const finished = agent.events.next('run.finished', ({ plugin }) => plugin === 'b-second');
  hold.release();
  await finished;
  expect(agent.events.of('run.finished')).toHaveLength(2);
});

test('a plugin with an interval of its own runs at its multiples only, and a disabled one never', async () => {
  const home = makeHome();
  for (const name of ['each', 'fifth.sh', 'never']) installPlugin(home.scripts, 'two-gauges', { as: name });
  const settings = { ...defaultPluginSettings, enabled: true, intervalS: null, env: {} };
  const plugins = new Map([
    ['fifth', { ...settings, intervalS: 300 }],
    ['never', { ...settings, enabled: false }],
  ]);
  const agent = testDaemon(home, { plugins });
  for (let tick = 0; tick < 5; tick += 1) await agent.tickAndFinish('each');
  await agent.events.next('run.finished', ({ plugin }) => plugin === 'fifth.sh');
  const byFile = (file: string) => agent.events.of('run.finished').filter(({ plugin }) => plugin === file).length;
  expect([byFile('each'), byFile('fifth.sh'), byFile('never')]).toEqual([5, 1, 0]);
});

test('a survivor that ended while no agent ran is not waited for', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo');
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  agent.tick();
  await untilCount(path, 1);
  await turnUntil(agent.stop(), () => agent.clock.advance(100));
  const [pid = 0] = pidsWith(path);
  hold.release();
  await untilEnded(pid);
  hold.release();
  const next = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  await next.tickAndFinish('waits-on-fifo');
  expect(next.events.of('run.skipped')).toEqual([]);
});

test('two scripts that share a name both run, and the collision is told once with both paths', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'a.sh', '#!/bin/sh\necho "one 1"\n');
  writePlugin(home.scripts, 'a.rb', '#!/bin/sh\necho "two 2"\n');
  const agent = testDaemon(home);
  for (let tick = 0; tick < 2; tick += 1) await agent.tickAndFinish('a.sh', 'a.rb');
  expect([...new Set(agent.samples.map((line) => line.split(' ')[0]))].sort()).toEqual([
    'testhost.a.one',
    'testhost.a.two',
  ]);
  expect(agent.events.of('plugin.collided')).toEqual([
    {
      event: 'plugin.collided',
      name: 'a',
      paths: [join(home.scripts, 'a.rb'), join(home.scripts, 'a.sh')],
      advice: expect.objectContaining({
        commands: [`mv -n '${join(home.scripts, 'a.sh')}' '${join(home.scripts, 'a_sh.sh')}'`],
      }),
    },
  ]);
  const files: readonly PluginFile[] = agent.events.of('run.finished').map(({ plugin }) => plugin);
  expect(new Set(files).size).toBe(2);
});
