import { expect, test } from 'vitest';
import { takenByHost as takenWalk, withoutHostMetrics } from '../../src/agent/host-collisions.ts';
import { atOnce } from '../../src/io/walk.ts';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';
import { explanation, kinds, plugin, typeFrom, until } from './reasons-set-up.ts';

const takenByHost = (...asked: Parameters<typeof takenWalk>) => atOnce(takenWalk(...asked));

const sampleNamed = (name: string): Sample => ({ metric: metricName(name), value: 1, atS: unixSeconds(5) });
const host = { hostname: 'a.b', names: new Set(['cpu.user', 'load.1min']) };

test('samples with the name of a host metric are left out and named, each name once, five at most', () => {
  const samples = ['a.b.cpu.user', 'a.b.cpu.user2', 'a.b.cpu.user', 'a.b.load.1min'].map(sampleNamed);
  expect([...withoutHostMetrics(samples, host)].map((sample) => sample?.metric)).toEqual(['a.b.cpu.user2']);
  expect(takenByHost(samples, host)).toEqual({ count: 3, names: ['a.b.cpu.user', 'a.b.load.1min'] });
  expect(takenByHost([sampleNamed('a.b.cpu.user2')], host)).toBe(null);
  const many = Array.from({ length: 9 }, (_, index) => `m${index}`);
  const all = { hostname: 'h', names: new Set(many) };
  expect(
    takenByHost(
      many.map((name) => sampleNamed(`h.${name}`)),
      all,
    ),
  ).toEqual({
    count: 9,
    names: many.slice(0, 5).map((name) => `h.${name}`),
  });
});

const valuesOf = (samples: readonly string[], name: string) =>
  samples.filter((line) => line.startsWith(`testhost.${name} `)).map((line) => Number(line.split(' ')[1]));

test("the host's metric is sent and the plugin's is not, from the first tick on; the rest of its samples are", async () => {
  const home = makeHome();
  const path = writePlugin(home.scripts, 'cpu.sh', '#!/bin/sh\necho "user -7"\necho "mine -7"\n');
  writePlugin(home.scripts, 'load', '#!/bin/sh\necho "1min -7"\n');
  writePlugin(home.scripts, 'disk.root.sh', '#!/bin/sh\necho "total_mb -7"\n');
  const agent = testDaemon(home, { hostMetrics: true });
  for (const _ of [1, 2]) {
    await agent.tickAndFinish('cpu.sh', 'load', 'disk.root.sh');
    await until(agent, () => valuesOf(agent.samples, 'load.1min').length > 0);
  }
  await until(agent, () => valuesOf(agent.samples, 'cpu.user').length > 0);
  expect(valuesOf(agent.samples, 'cpu.mine')).toEqual([-7, -7]);
  for (const name of ['cpu.user', 'load.1min', 'disk.root.total_mb'])
    expect([name, valuesOf(agent.samples, name).filter((value) => value < 0)]).toEqual([name, []]);
  expect(plugin(agent, 'cpu')).toMatchObject({ state: 'ok', lastRun: { samples: 1, badLines: 0 } });
  expect(plugin(agent, 'load')).toMatchObject({ state: 'silent', lastRun: { samples: 0 }, lastReportAtS: null });
  expect(kinds(agent, 'load')).toEqual(['host-collision']);
  const said = explanation(agent, 'cpu', 'host-collision');
  expect(said).toBe(
    "1 sample has the name of one of the host's own metrics (testhost.cpu.user), and the host's are sent; " +
      `rename the script, here to cpu_sh, or set host_metrics = false under [agent]; mv -n '${path}' '${home.scripts}/cpu_sh.sh'`,
  );
  const collided = agent.events.of('run.collided').toSorted((a, b) => a.plugin.localeCompare(b.plugin));
  expect(collided).toMatchObject([
    { count: 1, names: ['testhost.cpu.user'] },
    { plugin: 'disk.root.sh' },
    { plugin: 'load' },
  ]);
  typeFrom(said, 'mv -n');
  agent.tick();
  await agent.tickAndFinish('cpu_sh.sh');
  await agent.tickAndFinish('cpu_sh.sh'); // the one before was perhaps skipped
  expect(kinds(agent, 'cpu_sh')).toEqual([]);
  await until(agent, () => valuesOf(agent.samples, 'cpu_sh.user').length > 0);
});

test('the new name that is offered is free: the mv as typed renames the script, whatever else is there', async () => {
  const home = makeHome();
  for (const file of ['load', 'load_2']) writePlugin(home.scripts, file, '#!/bin/sh\necho "1min -7"\n');
  const agent = testDaemon(home, { hostMetrics: true });
  await agent.tickAndFinish('load', 'load_2');
  typeFrom(explanation(agent, 'load', 'host-collision'), 'mv -n');
  agent.tick();
  await agent.tickAndFinish('load_2', 'load_3');
  await agent.tickAndFinish('load_2', 'load_3'); // the one before was perhaps skipped
  expect(kinds(agent, 'load_3')).toEqual([]);
});

test('where host metrics are off, nothing collides, and the plugin reports under the name', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'load', '#!/bin/sh\necho "1min -7"\n');
  const agent = testDaemon(home, { hostMetrics: true });
  await agent.tickAndFinish('load');
  expect(kinds(agent, 'load')).toEqual(['host-collision']);
  agent.reload({ hostMetrics: false });
  await agent.tickAndFinish('load');
  expect(kinds(agent, 'load')).toEqual([]);
  await until(agent, () => valuesOf(agent.samples, 'load.1min').includes(-7));
});

test('bad lines beside samples that the host has are counted among all lines', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'load', '#!/bin/sh\necho "1min -7"\necho "x 5%"\n');
  const agent = testDaemon(home, { hostMetrics: true });
  await agent.tickAndFinish('load');
  expect(explanation(agent, 'load', 'some-bad-lines')).toMatch(/^1 of 2 lines is not a sample;/);
  expect(plugin(agent, 'load').state).toBe('silent');
});
