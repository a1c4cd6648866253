import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

/** Says which of these variables it has, and their length, which gives no secret away. */
const shows = `#!/bin/sh
echo "token \${#INSTRUMENTAL_TOKEN}"
echo "kept \${#KEPT}"
echo "configured \${#CONFIGURED}"
`;

test('a withheld variable of the agent reaches a plugin neither at a tick nor in a trial, unless the configuration sets it', async () => {
  const home = makeHome();
  const dir = tempDir();
  const file = join(dir, 'agent.ini');
  const nowhere = '[collector]\naddress = tcp://127.0.0.1:1\n';
  const withheld = '[scripts]\nwithhold_env = INSTRUMENTAL_TOKEN, CONFIGURED\n[plugin:own]\nenv.CONFIGURED = abcd\n';
  writeFileSync(file, `[agent]\nhost_metrics = false\n${nowhere}${withheld}`);
  const env = { HOME: dir, INSTRUMENTAL_TOKEN: secrets.apiKey, KEPT: 'abc', CONFIGURED: 'of the agent' };
  const flags = ['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'h', '--debug'];
  writePlugin(home.scripts, 'shows', shows);
  writePlugin(home.scripts, 'own', shows);
  const elsewhere = writePlugin(dir, 'shows', shows);
  const expected = { shows: ['token 0', 'kept 3', 'configured 0'], own: ['token 0', 'kept 3', 'configured 4'] };

  const local = await runToEnd([...flags, 'run', elsewhere], env);
  for (const line of expected.shows) expect(local.stdout).toContain(line);

  const agent = startProgram(flags, { env });
  await agent.event('daemon.started');
  for (const plugin of ['shows', 'own'] as const) {
    const trial = await runToEnd([...flags, 'run', plugin], env);
    for (const line of expected[plugin]) expect(trial.stdout).toContain(line);
    expect(trial.stdout).toContain('the agent');
  }
  writePlugin(
    home.scripts,
    'checks',
    `#!/bin/sh\n[ -z "$INSTRUMENTAL_TOKEN" ] && [ "$KEPT" = abc ] && echo "fine 1"\n`,
  );
  const run = await agent.event('run.finished', ({ plugin }) => plugin === 'checks');
  expect(run).toMatchObject({ samples: 1 });

  writeFileSync(file, `[agent]\nhost_metrics = false\n${nowhere}[scripts]\nwithhold_env =\n`);
  expect(await agent.event('config.reloaded')).toMatchObject({
    changed: expect.arrayContaining(['[scripts] withhold_env']),
  });
  expect((await runToEnd([...flags, 'run', 'shows'], env)).stdout).toContain(`token ${secrets.apiKey.length}`);
});
