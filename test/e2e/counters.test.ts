import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { secrets } from '../helpers/secrets.ts';
import { makeHome } from '../helpers/test-daemon.ts';

/** A counter that grows by 3 with each run. */
const growing = `#!/bin/sh
read -r count < "$COUNT_FILE"
echo $((count + 3)) > "$COUNT_FILE"
echo '# TYPE hits counter'
echo "hits $((count + 3))"
`;

test('through an outage of the collector, a kill -9 and a restart, the increments add up to the last count less the first', async () => {
  const home = makeHome();
  const file = join(home.state, '..', 'agent.ini');
  const countFile = join(home.state, '..', 'count');
  writeFileSync(countFile, '100\n');
  writePlugin(home.scripts, 'p', growing);
  const collector = await fakeCollector();
  writeFileSync(
    file,
    `[collector]\napi_key = ${secrets.apiKey}\naddress = tcp://127.0.0.1:${collector.port}\ncounters = increment\n` +
      '[agent]\nhost_metrics = no\n[plugin:p]\nformat = prometheus\n',
  );
  const flags = ['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state, '-H', 'web1', '-r', '1', '--debug'];
  const start = () => startProgram(flags, { env: { HOME: home.state, COUNT_FILE: countFile } });
  const first = start();
  await collector.waitForLines(2);
  collector.setMode({ refuse: true });
  const refused = await first.event('sink.refused');
  await first.event('run.finished', (entry) => first.log.indexOf(entry) > first.log.indexOf(refused));
  first.process.kill('SIGKILL');
  await first.exit;
  const second = start();
  await second.event('sink.refused');
  second.process.kill('SIGTERM');
  expect(await second.exit).toBe(0);
  collector.setMode({ refuse: false });
  const before = collector.lines.length;
  const third = start();
  await collector.waitForLines(before + 3);
  third.process.kill('SIGTERM');
  expect(await third.exit).toBe(0);
  const increments = collector.lines.map((line) => /^increment web1\.p\.hits (\d+) \d+ 1$/.exec(line)?.[1]);
  const sum = increments.reduce((total, increment) => total + Number(increment), 0);
  expect(sum).toBe(Number(readFileSync(countFile, 'utf8')) - 103);
  await collector.close();
});
