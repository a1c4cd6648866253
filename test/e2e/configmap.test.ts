import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

/**
 * Mounts a version of a volume as Kubernetes does: files are links to `..data/NAME`, and `..data`
 * is a link to a folder with a time in its name, which is replaced in one step.
 */
function mountVersion(mount: string, version: string, write: (dir: string) => void): void {
  const dir = join(mount, `..${version}`);
  mkdirSync(dir, { mode: 0o700 });
  write(dir);
  symlinkSync(`..${version}`, join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
}

test('a configuration that Kubernetes swaps as a whole is applied, and a bad one refused', async () => {
  const home = makeHome();
  const mount = tempDir();
  const config = (interval: string) => (dir: string) =>
    writeFileSync(join(dir, 'agent.ini'), `[agent]\nhost_metrics = false\nreport_interval = ${interval}\n`);
  mountVersion(mount, '2026_1', config('1h'));
  symlinkSync('..data/agent.ini', join(mount, 'agent.ini'));
  const agent = startProgram(['-f', join(mount, 'agent.ini'), '--state-dir', home.state], {
    env: { HOME: home.state },
  });
  expect(await agent.event('daemon.started')).toMatchObject({ intervalS: 3600 });
  mountVersion(mount, '2026_2', config('2h'));
  expect(await agent.event('config.reloaded')).toMatchObject({ changed: ['[agent] report_interval'] });
  mountVersion(mount, '2026_3', config('soon'));
  expect(await agent.event('config.refused')).toMatchObject({ problems: [expect.stringContaining('agent.ini:3')] });
});

test('scripts that Kubernetes swaps as a whole: each new one runs from the next tick on, and its last run stays known', async () => {
  const home = makeHome();
  const script = (body: string) => (dir: string) => void writePlugin(dir, 'p.sh', `#!/bin/sh\n${body}\n`);
  mountVersion(home.scripts, '2026_1', script('echo "first 1"'));
  symlinkSync('..data/p.sh', join(home.scripts, 'p.sh'));
  chmodSync(home.scripts, 0o700);
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'h', '--debug'];
  const agent = startProgram(flags, { env: { HOME: home.state } });
  await agent.until(() => agent.printed.some((line) => line.startsWith('h.p.first ')));
  mountVersion(
    home.scripts,
    '2026_2',
    script('[ "$2" = 0 ] && [ "$(cat)" = "first 1" ] && echo "second 2" || echo "second 3"'),
  );
  await agent.until(() => agent.printed.some((line) => line.startsWith('h.p.second ')));
  expect(agent.printed.find((line) => line.startsWith('h.p.second '))).toMatch(/ 2 \d+$/);
  expect(agent.log.filter(({ event }) => event === 'plugin.rejected' || event === 'run.failed')).toEqual([]);
  mountVersion(home.scripts, '2026_3', (dir) => chmodSync(writePlugin(dir, 'p.sh', '#!/bin/sh\n'), 0o755));
  expect(await agent.event('plugin.rejected')).toMatchObject({ plugin: 'p.sh' });
});
