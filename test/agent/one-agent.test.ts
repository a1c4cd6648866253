import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installPlugin } from '../helpers/install-plugin.ts';
import { removeInUse } from '../helpers/remove-in-use.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';

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
