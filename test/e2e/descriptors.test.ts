import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

/** An agent that may open 128 files. */
async function limitedAgent(scripts: string, state: string) {
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, '[agent]\noverdue_after = 50ms\nmax_concurrency = 16\n');
  const flags = ['-H', 'h', '-s', scripts, '--state-dir', state, '-f', file];
  const agent = startProgram([...flags, '-e', '-r', '1', '--debug'], { env: { HOME: state } });
  execFileSync('prlimit', ['--pid', String(agent.pid), '--nofile=128:128']);
  await agent.event('daemon.started');
  const status = async () => {
    const { stdout } = await runToEnd([...flags, 'status', '--json'], { HOME: state });
    return JSON.parse(stdout);
  };
  return { agent, status };
}

test('with 128 descriptors and 60 scripts that hang, the surplus waits with the reason and none fails; host metrics and status continue, and all have run in the end', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  const names = Array.from({ length: 60 }, (_, number) => `hangs-${number}`);
  for (const name of names) writePlugin(home.scripts, name, `#!/bin/sh\nread -r _ < '${hold.path}'\necho "a 1"\n`);
  const { agent, status } = await limitedAgent(home.scripts, home.state);
  expect(await agent.event('descriptors.short', ({ waiting }) => Number(waiting) > 5)).toMatchObject({
    limit: 128,
    explanation: expect.stringMatching(/the limit of 128 \(ulimit -n\) leaves enough for \d+ runs at a time; raise/),
  });
  const before = agent.printed.length;
  await agent.until(() => agent.printed.slice(before).some((line) => line.startsWith('h.load.')));
  const { plugins } = await status();
  const waits = plugins.flatMap(({ reasons }: { reasons: { kind: string; sentence: string }[] }) => reasons);
  expect(waits.filter(({ kind }: { kind: string }) => kind === 'waiting').at(0)?.sentence).toContain('limit of 128');
  hold.release(1000);
  await agent.until(() => names.every((name) => agent.printed.some((line) => line.startsWith(`h.${name}.a 1`))));
  expect(agent.log.filter(({ event }) => event === 'run.failed' || event === 'plugins.suspended')).toEqual([]);
  await agent.event('descriptors.enough');
});

test('with 128 descriptors, a plugin that leaves ten processes behind at each run is named with them within two ticks, and the others are not affected', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  writePlugin(
    home.scripts,
    'leaky',
    `#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9 10; do (read -r _ < '${hold.path}') & done\n`,
  );
  for (let number = 0; number < 9; number += 1) writePlugin(home.scripts, `good-${number}`, '#!/bin/sh\necho "a 1"\n');
  const { agent } = await limitedAgent(home.scripts, home.state);
  const named = await agent.event('run.left-process');
  expect(named['pids']).toHaveLength(10);
  const first = agent.log.findIndex(({ event, plugin }) => event === 'run.started' && plugin === 'leaky');
  const ticks = agent.log.slice(first, agent.log.indexOf(named)).filter(({ event }) => event === 'tick.started');
  expect(ticks.length).toBeLessThanOrEqual(2);
  await agent.event('run.skipped', ({ plugin, reason }) => plugin === 'leaky' && reason === 'left-behind');
  const counts = () =>
    Array.from({ length: 9 }, (_, of) => agent.printed.filter((line) => line.startsWith(`h.good-${of}.`)).length);
  await agent.until(() => counts().every((count) => count >= 4));
  expect(agent.log.filter(({ event }) => event === 'run.failed' || event === 'plugins.suspended')).toEqual([]);
  hold.release(1000);
});
