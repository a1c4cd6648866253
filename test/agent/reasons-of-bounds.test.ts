import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { holdings } from '../helpers/descriptors.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, type TestDaemon, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';
import { explanation, kinds, plugin } from './reasons-set-up.ts';

const leaky = pluginFile('leaky');

/** A script that leaves processes behind, which hold its output until they are released. */
const leaving = (hold: { readonly path: string }, count = 1) =>
  `#!/bin/sh\nfor i in $(seq ${count}); do (read -r _ < '${hold.path}') & done\necho "a 1"\n`;

/** One tick, until the run has ended: 300 ms after its script where that left a process behind. */
async function run(agent: TestDaemon, file = 'leaky'): Promise<void> {
  const before = plugin(agent, file).runs;
  agent.tick();
  while (plugin(agent, file).runs === before) {
    await moment();
    agent.clock.advance(100);
  }
}

test('a plugin that leaves a process behind with its output is reported with the process and what to write, and again when that has ended', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  writePlugin(home.scripts, 'leaky', leaving(hold));
  const agent = testDaemon(home);
  await run(agent);
  const { pids, processes, advice, repeat } = await agent.events.next('run.left-process');
  expect({ processes, repeat, count: pids.length }).toEqual({ processes: 1, repeat: 1, count: 1 });
  expect(() => process.kill(pids[0] ?? 0, 0)).not.toThrow();
  expect(advice.sentence).toContain(`(pid ${pids[0]}); behind what the script starts in the background, write`);
  expect(explanation(agent, 'leaky', 'left-process')).toContain(`ps -o pid,etime,args -p ${pids[0]}`);
  expect(plugin(agent, 'leaky')).toMatchObject({ state: 'ok', lastRun: { samples: 1 } });
  hold.release();
  await agent.events.next('run.left-nothing');
  expect(kinds(agent, 'leaky')).toEqual([]);
});

test('beyond sixteen runs that left a process behind, more cost no descriptor, and their pipes go with them', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  writePlugin(home.scripts, 'leaky', leaving(hold));
  const agent = testDaemon(home, { bounds: { ...bounds, maxLeftovers: 1000 } });
  for (let time = 0; time < 18; time += 1) await run(agent);
  await agent.events.next('run.left-process', ({ processes }) => processes === 18);
  const before = await steady();
  for (let time = 0; time < 10; time += 1) await run(agent);
  await agent.events.next('run.left-process', ({ processes }) => processes === 28);
  while (holdings().descriptors > before) await moment();
  hold.release(28);
  await agent.events.next('run.left-nothing');
  const pipes = readdirSync(join(home.state, 'pipes')).filter((name) => !name.endsWith('.runs'));
  expect(pipes.length).toBeLessThanOrEqual(2);
});

test('what is left behind can write as much as it likes: it never waits for a reader', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  const writes = `(read -r _ < '${hold.path}'; head -c 300000 /dev/zero; read -r _ < '${hold.path}') &`;
  writePlugin(home.scripts, 'leaky', `#!/bin/sh\n${writes}\necho "a 1"\n`);
  const agent = testDaemon(home);
  await run(agent);
  await agent.events.next('run.left-process');
  hold.release(2);
  await agent.events.next('run.left-nothing');
});

test('a plugin that left too many processes behind is passed over with the reason, the others run, and it runs again once fewer are left', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  writePlugin(home.scripts, 'leaky', leaving(hold, 10));
  writePlugin(home.scripts, 'good', '#!/bin/sh\necho "a 1"\n');
  const agent = testDaemon(home, { bounds: { ...bounds, maxLeftovers: 20 } });
  for (const processes of [10, 20]) {
    await run(agent);
    await agent.events.next('run.left-process', (event) => event.processes === processes);
  }
  await agent.tickAndFinish('good');
  await agent.tickAndFinish('good');
  const skips = agent.events.of('run.skipped').filter((event) => event.plugin === leaky);
  expect(skips.map(({ reason, skips: times }) => [reason, times])).toEqual(
    [1, 2].map((times) => ['left-behind', times]),
  );
  expect(plugin(agent, 'leaky')).toMatchObject({ state: 'failing', runs: 2, skips: 2 });
  expect(explanation(agent, 'leaky', 'too-many-left')).toMatch(
    /^20 processes that its runs left behind still hold its output \(pids .*\), so it is not run \(max_leftovers = 20 /,
  );
  agent.reload({ bounds: { ...bounds, maxLeftovers: 21 } });
  await run(agent);
  expect(plugin(agent, 'leaky')).toMatchObject({ state: 'ok', runs: 3 });
  hold.release(100);
  await agent.events.next('run.left-nothing');
});

test('a restarted agent knows what runs of the former one left behind', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  writePlugin(home.scripts, 'leaky', leaving(hold, 2));
  const first = testDaemon(home);
  await run(first);
  const { pids } = await first.events.next('run.left-process');
  await first.stop();
  const second = testDaemon(home, { bounds: { ...bounds, maxLeftovers: 2 } });
  expect((await second.events.next('run.left-process')).pids).toEqual(pids);
  second.tick();
  expect((await second.events.next('run.skipped')).reason).toBe('left-behind');
  expect(second.events.of('run.survived')).toEqual([]);
});

test('a process whose pipe was removed from the folder still counts as left behind', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  const pipes = join(home.state, 'pipes');
  writePlugin(home.scripts, 'leaky', leaving(hold));
  const agent = testDaemon(home);
  agent.tick();
  await agent.events.next('run.started');
  for (const name of readdirSync(pipes)) if (!name.endsWith('.runs')) rmSync(join(pipes, name));
  while (plugin(agent, 'leaky').runs === 0) {
    await moment();
    agent.clock.advance(100);
  }
  expect((await agent.events.next('run.left-process')).processes).toBe(1);
  hold.release();
  await agent.events.next('run.left-nothing');
});

const { bounds } = testConfig({ scripts: '', state: '' });

/** The descriptors that are open once none is closed any more. */
async function steady(): Promise<number> {
  for (let before = -1, times = 0; ; ) {
    const { descriptors } = holdings();
    times = descriptors === before ? times + 1 : 0;
    before = descriptors;
    if (times === 20) return descriptors;
    await moment();
  }
}
