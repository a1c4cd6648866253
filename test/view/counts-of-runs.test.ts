import { chmodSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilCount, untilEnded } from '../helpers/processes.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { turnUntil } from '../helpers/turns.ts';
import { tickAndRead } from './figures.ts';

const sends = { selfMetrics: true };

test('runs are counted by how they ended, and so is what they printed', async () => {
  const home = makeHome();
  const names = ['two-gauges', 'decimal-comma', 'exits-3', 'killed-by-sigkill', 'missing-interpreter'];
  for (const name of names) installPlugin(home.scripts, name);
  const agent = testDaemon(home, sends);
  expect(await tickAndRead(agent, ...names)).toMatchObject({
    runs: 0,
    runs_failed: 0,
    samples_read: 0,
    bad_lines: 0,
    plugins: 5,
  });
  expect(await tickAndRead(agent, ...names)).toMatchObject({ runs: 5, runs_failed: 3, samples_read: 4, bad_lines: 1 });
  expect(await tickAndRead(agent, ...names)).toMatchObject({
    runs: 10,
    runs_failed: 6,
    samples_read: 8,
    bad_lines: 2,
    output_overflows: 0,
    runs_in_flight: 0,
    runs_overdue: 0,
    skips: 0,
  });
});

test('a run that hangs is in flight and overdue until it ends; that it was overdue, and each of its skips, stays counted', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo');
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, sends, { HOLD_FIFO: hold.path });
  await agent.tickAndFinish('two-gauges');
  await untilCount(path, 1);
  agent.clock.advance(5000);
  const inFlight = { runs_in_flight: 1, runs_overdue_now: 1, runs_overdue: 1 };
  expect(await tickAndRead(agent, 'two-gauges')).toMatchObject({ ...inFlight, skips: 0 });
  const hung = { runs_hung: 1, runs_hung_now: 1 };
  for (const skips of [1, 2, 3])
    expect(await tickAndRead(agent, 'two-gauges')).toMatchObject({ ...inFlight, ...hung, skips });
  const finished = agent.events.next('run.finished', ({ plugin }) => plugin === 'waits-on-fifo');
  hold.release();
  await finished;
  rmSync(path);
  expect(await tickAndRead(agent, 'two-gauges')).toMatchObject({
    runs_in_flight: 0,
    runs_overdue_now: 0,
    runs_overdue: 1,
    skips: 4,
  });
});

test('each run that prints more than max_output is counted', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\nprintf "a 1\\nb 2\\nc 3456\\n"\n');
  const scripts = { ...testConfig(home).scripts, maxOutputBytes: 11 };
  const agent = testDaemon(home, { ...sends, scripts });
  for (const output_overflows of [0, 1, 2, 3]) {
    expect(await tickAndRead(agent, 'p')).toMatchObject({ output_overflows, samples_read: output_overflows * 2 });
  }
});

test('scripts are counted as they are now: accepted, rejected, mended, gone; none is accepted while the directory is suspended', async () => {
  const home = makeHome();
  const rejected = installPlugin(home.scripts, 'two-gauges', { mode: 0o755, as: 'rejected' });
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, sends);
  expect(await tickAndRead(agent)).toMatchObject({ plugins: 1, plugins_rejected: 1 });
  chmodSync(rejected, 0o700);
  expect(await tickAndRead(agent)).toMatchObject({ plugins: 2, plugins_rejected: 0 });
  chmodSync(rejected, 0o711);
  expect(await tickAndRead(agent)).toMatchObject({ plugins: 1, plugins_rejected: 1 });
  rmSync(rejected);
  expect(await tickAndRead(agent)).toMatchObject({ plugins: 1, plugins_rejected: 0 });
  chmodSync(home.scripts, 0o755);
  expect(await tickAndRead(agent)).toMatchObject({ plugins: 0, plugins_rejected: 0 });
  chmodSync(home.scripts, 0o700);
  expect(await tickAndRead(agent)).toMatchObject({ plugins: 1, plugins_rejected: 0 });
});

test('a run of the former agent is in flight until it ends, and totals begin anew', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo');
  const first = testDaemon(home, sends, { HOLD_FIFO: hold.path });
  first.tick();
  await untilCount(path, 1);
  first.tick();
  await turnUntil(first.stop(), () => first.clock.advance(100));
  const [pid = 0] = pidsWith(path);
  const second = testDaemon(home, sends, { HOLD_FIFO: hold.path });
  expect(await tickAndRead(second)).toMatchObject({ runs_in_flight: 1, skips: 0, runs: 0 });
  rmSync(path);
  hold.release();
  await untilEnded(pid);
  await tickAndRead(second);
  expect(await tickAndRead(second)).toMatchObject({ runs_in_flight: 0, runs: 0 });
});

test('memory and processor time are those of a living process', async () => {
  const agent = testDaemon(makeHome(), sends);
  const first = await tickAndRead(agent);
  expect(first['memory.rss_mb']).toBeGreaterThan(10);
  expect(first['memory.rss_mb']).toBeLessThan(10_000);
  expect(first['cpu_s']).toBeGreaterThan(0);
  expect((await tickAndRead(agent))['cpu_s']).toBeGreaterThanOrEqual(first['cpu_s'] ?? Infinity);
});

test('self_metrics = false sends nothing of the kind', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, { selfMetrics: false });
  for (let tick = 0; tick < 2; tick += 1) await agent.tickAndFinish('two-gauges');
  await agent.untilSamples(4);
  expect(agent.samples.map((line) => line.split(' ')[0]?.replace('testhost.two-gauges.', ''))).toEqual([
    'load',
    'users',
    'load',
    'users',
  ]);
});
