import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { offsetMs } from '../../src/scheduler/spread.ts';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

const plugins = ['one', 'two', 'three'];
const hourS = 3600;

test('with spread, status names a moment for each plugin that no restart moves, run does not wait for it, and all run once they are due', async () => {
  const home = makeHome();
  for (const as of plugins) installPlugin(home.scripts, 'two-gauges', { as });
  const file = join(tempDir(), 'agent.ini');
  const configure = (lines: string) =>
    writeFileSync(file, `[agent]\nhostname = web-1\nhost_metrics = no\n${lines}`, { mode: 0o600 });
  const flags = ['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state];
  const env = { HOME: home.state };

  async function momentsMs(): Promise<readonly number[]> {
    const { stdout } = await runToEnd([...flags, 'status', '--json'], env);
    const status: { readonly plugins: readonly { readonly file: string; readonly nextDueAtS: number }[] } =
      JSON.parse(stdout);
    return plugins.map((name) => {
      const nextDueAtS = status.plugins.find((plugin) => plugin.file === name)?.nextDueAtS ?? 0;
      return Math.round(nextDueAtS * 1000) % (hourS * 1000);
    });
  }

  configure('report_interval = 1h\nspread = yes\n');
  const own = plugins.map((name) => offsetMs('web-1', name, hourS));
  expect(new Set(own).size).toBe(3);
  const first = startProgram(flags, { env });
  await first.event('daemon.started');
  expect(await momentsMs()).toEqual(own);
  first.process.kill('SIGTERM');
  expect(await first.exit).toBe(0);

  const agent = startProgram(flags, { env });
  await agent.event('daemon.started');
  expect(await momentsMs()).toEqual(own);
  expect(await runToEnd([...flags, 'run', 'two'], env)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('web-1.two.load'),
  });
  configure('report_interval = 1h\n');
  expect(await agent.event('config.reloaded')).toMatchObject({ changed: ['[agent] spread'] });
  expect(await momentsMs()).toEqual([0, 0, 0]);

  configure('report_interval = 1s\nspread = yes\n');
  for (const name of plugins)
    await agent.until(() => agent.printed.filter((line) => line.startsWith(`web-1.${name}.load `)).length >= 2);
});
