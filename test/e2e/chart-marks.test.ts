import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { MetricHistory } from '../../src/model/metric.ts';
import { startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome } from '../helpers/test-daemon.ts';

test('a metric of a plugin has the marks of that plugin and of the agent, also after a kill -9, and the unit that its section gives', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'good', '#!/bin/sh\necho "a 1"\n');
  const broken = writePlugin(home.scripts, 'broken.sh', '#!/bin/sh\nexit 3\n');
  const file = join(dirname(home.state), 'units.ini');
  writeFileSync(file, '[plugin:good]\nunit = apples\n', { mode: 0o600 });
  const flags = ['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'web1', '--debug'];
  const start = async () => {
    const agent = startProgram([...flags, '--dashboard', '127.0.0.1:0'], { env: { HOME: home.state } });
    const link = new URL(String((await agent.event('dashboard.started'))['url']));
    const headers = { authorization: `Bearer ${link.searchParams.get('token')}` };
    const history = async (metric: string, toS = Math.ceil(Date.now() / 1000)): Promise<MetricHistory> =>
      JSON.parse(
        await (
          await fetch(`${link.origin}/history.json?metric=${metric}&from=${toS - 3600}&to=${toS}`, { headers })
        ).text(),
      );
    return { agent, history };
  };
  const first = await start();
  await first.agent.event('run.finished', ({ plugin }) => plugin === 'good');
  await first.agent.event('run.finished', ({ plugin }) => plugin === 'broken.sh');
  const started = { kind: 'started', plugin: null, durationS: 0 };
  const text = 'plugin broken.sh fails: it exited with status 3';
  const fails = { kind: 'failing', plugin: 'broken.sh', durationS: 0, text };
  expect(await first.history('web1.good.a')).toMatchObject({ unit: 'apples', marks: [started] });
  expect((await first.history('web1.broken.a')).marks).toMatchObject([started, fails]);
  expect((await first.history('web1.broken.a', Math.floor(Date.now() / 1000) - 3600)).marks).toBeUndefined();
  await first.agent.event('batch.sent'); // the samples of that tick are on disk, and the marks with them
  first.agent.process.kill('SIGKILL');
  await first.agent.exit;
  const second = await start();
  expect((await second.history('web1.broken.a')).marks).toMatchObject([started, fails]); // its own start is held back
  rmSync(broken);
  await second.agent.event('plugin.removed');
  expect((await second.history('web1.broken.a')).marks).toMatchObject([started]);
});
