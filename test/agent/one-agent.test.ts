import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { removeInUse } from '../helpers/remove-in-use.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { turn } from '../helpers/turns.ts';
import { directories, foreignDirectory } from './directories-set-up.ts';

test('a plugin directory has one agent: another one is refused, whatever its state directory, and however it is named', async () => {
  const home = makeHome();
  const first = testDaemon(home);
  const other = { ...makeHome(), scripts: home.scripts };
  expect(() => testDaemon(other)).toThrow(
    `another agent (pid ${process.pid}) runs the plugins of ${home.scripts}; stop that one, or give this one another directory with -s DIR`,
  );
  const link = join(tempDir(), 'link');
  symlinkSync(home.scripts, link);
  expect(() => testDaemon({ ...other, scripts: link })).toThrow(`runs the plugins of ${link}`);
  await first.stop();
  testDaemon(other);
});

test('a state directory has one agent, also while the directory is gone', () => {
  const home = makeHome();
  testDaemon(home);
  removeInUse(home.state);
  expect(() => testDaemon({ ...makeHome(), state: home.state })).toThrow(
    `another agent uses the state directory ${home.state} (pid ${process.pid}); stop that one`,
  );
});

test('a reload onto the directory of another agent is refused, and the former directory stays', async () => {
  const [one, two] = [makeHome(), makeHome()];
  installPlugin(two.scripts, 'two-gauges');
  testDaemon(one);
  const agent = testDaemon(two);
  expect(() => agent.reload({ scripts: testConfig(one).scripts })).toThrow(`runs the plugins of ${one.scripts}`);
  await agent.tickAndFinish('two-gauges');
  agent.reload({ scripts: { ...testConfig(two).scripts, enabled: false } });
  testDaemon({ ...makeHome(), scripts: two.scripts }); // it is free now
});

test('a link that leads to the directory of another agent suspends the plugins until it leads elsewhere', async () => {
  const [one, two] = [makeHome(), makeHome()];
  for (const { scripts } of [one, two]) installPlugin(scripts, 'two-gauges');
  testDaemon(one);
  const link = join(tempDir(), 'link');
  const leadTo = (path: string) => {
    rmSync(link, { force: true });
    symlinkSync(path, link);
  };
  leadTo(two.scripts);
  const agent = testDaemon({ ...two, scripts: link });
  await agent.tickAndFinish('two-gauges');
  leadTo(one.scripts);
  for (let tick = 0; tick < 2; tick += 1) agent.tick();
  expect(agent.events.of('plugins.suspended').map(({ rejection }) => rejection)).toEqual([
    { kind: 'in-use', path: link, pid: process.pid },
  ]);
  expect(agent.status().scripts.suspension).toBe(
    `another agent (pid ${process.pid}) runs the plugins of '${link}'; stop that one`,
  );
  expect(agent.events.of('run.started')).toHaveLength(1);
  mkdirSync(join(tempDir(), 'free'), { mode: 0o700 });
  leadTo(two.scripts);
  await agent.tickAndFinish('two-gauges');
  expect(agent.events.of('plugins.resumed').map(({ path }) => path)).toContain(link);
});

describe('a [directory:NAME] has one agent', () => {
  const value = '#!/bin/sh\necho "a 1"\n';

  test('another one does not run its plugins, says why, and runs them once the first has gone', async () => {
    const munin = foreignDirectory();
    writePlugin(munin, 'load', value, 0o755);
    const link = join(tempDir(), 'link');
    symlinkSync(munin, link);
    const first = testDaemon(makeHome(), directories({ munin: { path: munin } }));
    const home = makeHome();
    writePlugin(home.scripts, 'own', value);
    const second = testDaemon(home, directories({ checks: { path: link } }));
    await second.tickAndFinish('own');
    await second.tickAndFinish('own');
    const suspension = `another agent (pid ${process.pid}) runs the plugins of '${link}'; stop that one`;
    expect(second.events.of('plugins.suspended')).toMatchObject([
      { directory: 'checks', rejection: { kind: 'in-use', path: link, pid: process.pid } },
    ]);
    expect(second.status().directories).toMatchObject([{ name: 'checks', suspension, plugins: 0 }]);
    expect(second.plugin('checks/load').missing).toBe(`no plugin of [directory:checks] runs: ${suspension}`);
    await first.tickAndFinish('munin/load');
    await first.stop();
    await second.tickAndFinish('own', 'checks/load');
    expect(second.events.of('plugins.resumed')).toMatchObject([{ directory: 'checks' }]);
    expect(second.status().directories).toMatchObject([{ suspension: null, plugins: 1 }]);
  });

  test('it is free for another one when it leaves the configuration, or its link leads elsewhere', async () => {
    const [munin, other] = [foreignDirectory(), foreignDirectory()];
    for (const path of [munin, other]) writePlugin(path, 'load', value, 0o755);
    const link = join(tempDir(), 'link');
    symlinkSync(munin, link);
    const first = testDaemon(makeHome(), directories({ one: { path: link } }));
    const second = testDaemon(makeHome(), directories({ two: { path: munin }, three: { path: other } }));
    await first.tickAndFinish('one/load');
    await second.tickAndFinish('three/load');
    rmSync(link);
    symlinkSync(other, link);
    await first.tickAndFinish();
    expect(first.status().directories).toMatchObject([{ suspension: expect.stringContaining('another agent') }]);
    await second.tickAndFinish('two/load', 'three/load');
    second.reload(directories({ two: { path: munin } }));
    await first.tickAndFinish('one/load');
    expect(second.events.of('run.started').map(({ plugin }) => plugin)).toEqual([
      'three/load',
      'two/load',
      'three/load',
    ]);
  });

  test('it is free also if it leaves the configuration while it is looked through', async () => {
    const munin = foreignDirectory();
    const names = Array.from({ length: 100 }, (_, index) => `p${index}`);
    for (const name of names) writePlugin(munin, name, value, 0o755);
    const first = testDaemon(makeHome(), directories({ munin: { path: munin } }));
    first.reload(directories({}));
    for (let step = 0; step < 50; step += 1) await turn(); // more than that look would take
    const second = testDaemon(makeHome(), directories({ munin: { path: munin } }));
    await second.events.next('plugins.watched', ({ directory }) => directory === 'munin');
    expect(second.status().directories).toMatchObject([{ suspension: null, plugins: 100 }]);
  });

  test('it may be the script directory of another one: who comes second does without', async () => {
    const home = makeHome();
    const file = directories({ munin: { path: home.scripts } });
    const scripts = testDaemon(home);
    const munin = testDaemon(makeHome(), file);
    expect(munin.status().directories).toMatchObject([{ suspension: expect.stringContaining('another agent') }]);
    await scripts.stop();
    munin.tick();
    expect(munin.status().directories).toMatchObject([{ suspension: null }]);
    expect(() => testDaemon(home)).toThrow(`runs the plugins of ${home.scripts}`);
    munin.reload({ ...directories({}), scripts: { ...testConfig(home).scripts } });
    expect(munin.status().scripts.location).toBe(home.scripts);
  });
});
