import { chmodSync, copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { fixture, writePlugin } from '../helpers/install-plugin.ts';
import { secrets } from '../helpers/secrets.ts';
import { makeHome } from '../helpers/test-daemon.ts';

test('a plugin directory of the Ruby agent works unchanged, with its flags, and the same gauges arrive', async () => {
  const home = makeHome();
  for (const name of readdirSync(fixture('ruby-era'))) {
    copyFileSync(fixture(`ruby-era/${name}`), join(home.scripts, name));
    chmodSync(join(home.scripts, name), 0o700);
  }
  writePlugin(
    home.scripts,
    'figures',
    '#!/bin/sh\necho "large 1e21"\necho "small 1e-7"\necho "whole 1"\necho "negative -0.5 1700000000"\n',
  );
  const collector = await fakeCollector();
  onTestFinished(() => collector.close());
  const agent = startProgram(
    [
      '-k',
      secrets.apiKey,
      '-c',
      `tcp://127.0.0.1:${collector.port}`,
      '-H',
      'web.example-1',
      '-e',
      '-s',
      home.scripts,
      '-r',
      '1',
      '--state-dir',
      home.state,
    ],
    { env: { HOME: home.state } },
  );
  const has = (pattern: RegExp) => collector.lines.some((line) => pattern.test(line));
  await collector.until(
    () =>
      has(/\.queries_per_second /) && has(/\.requests_per_second /) && has(/cpu\.user /) && has(/figures\.negative /),
  );

  const [connection] = collector.connections;
  expect(connection?.hello).toMatch(
    /^hello version node\/instrument_server\/\d+\.\d+\.\d+\S* hostname web\.example-1 pid \d+ runtime node\/\S+ platform \S+$/,
  );
  expect(connection?.key).toBe(secrets.apiKey);
  const metrics = new Map(collector.lines.map((line) => [line.split(' ')[1], line]));
  expect(metrics.get('web.example-1.application_load.workers.busy')).toMatch(
    /^gauge web\.example-1\.application_load\.workers\.busy 7 \d{10} 1$/,
  );
  expect(metrics.get('web.example-1.application_load.load')).toMatch(/ 0\.44 \d{10} 1$/);
  expect(metrics.get('web.example-1.gam.ma.rays')).toBe('gauge web.example-1.gam.ma.rays 3 1700000000 1');
  expect(metrics.get('web.example-1.mysql_status.threads.connected')).toMatch(/ 14 \d{10} 1$/);
  expect(metrics.get('web.example-1.figures.large')).toMatch(/ 1000000000000000000000 \d{10} 1$/);
  expect(metrics.get('web.example-1.figures.small')).toMatch(/ 1e-7 \d{10} 1$/);
  expect(metrics.get('web.example-1.figures.whole')).toMatch(/ 1 \d{10} 1$/);
  expect(metrics.get('web.example-1.figures.negative')).toBe('gauge web.example-1.figures.negative -0.5 1700000000 1');
  for (const line of collector.lines)
    expect(line).toMatch(/^gauge web\.example-1(\.[A-Za-z0-9_-]+)+ -?\d+(\.\d+)?(e-\d+)? \d+ 1$/);

  expect(readFileSync(`/proc/${agent.pid}/cmdline`, 'latin1')).not.toContain(secrets.apiKey); // the key is not in the process list
  agent.process.kill('SIGTERM');
  expect(await agent.exit).toBe(0);
});
