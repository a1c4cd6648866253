import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

const mebibyte = 1024 * 1024;

test('odd scripts side by side neither stall, crash nor silence anything, each is told in one line, and memory stays under 200 MB', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const odd = [
    'writes-dev-stderr',
    'reads-stdin',
    'tees-dev-stdout',
    'no-shebang',
    'crlf-output',
    'closes-stdin',
    'leaves-a-grandchild',
    'bad-utf8',
  ];
  const odder = [
    'floods-stdout.sh',
    'one-long-line',
    'floods-stderr',
    'missing-interpreter',
    'crlf-shebang',
    'killed-by-sigkill',
    'kills-its-group',
    'exits-3',
  ];
  for (const name of [...odd, ...odder, 'waits-on-fifo', 'two-gauges']) installPlugin(home.scripts, name);
  writePlugin(
    home.scripts,
    '200kB',
    '#!/bin/sh\nexec awk \'BEGIN { for (i = 0; i < 15000; i++) print "line." i, i }\'\n',
  );
  symlinkSync('/no/such/script', join(home.scripts, 'dangling'));
  const file = join(tempDir(), 'agent.ini');
  const bounds = '[scripts]\nmax_names = 2000000\n'; // all that the floods print is sent
  writeFileSync(file, `[dashboard]\nenabled = no\n${bounds}`); // what scripts cost is meant, and not the history of a million samples
  const agent = startProgram(['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '--debug'], {
    env: { HOME: home.state, HOLD_FIFO: hold.path },
  });
  const runs = new Map<unknown, number>();
  let heard = 0;
  const finished = (plugin: string): number => {
    for (const { event, plugin: name } of agent.log.slice(heard))
      if (event === 'run.finished') runs.set(name, (runs.get(name) ?? 0) + 1);
    heard = agent.log.length;
    return runs.get(plugin) ?? 0;
  };
  const floods = ['floods-stdout.sh', 'one-long-line', 'floods-stderr'];
  const flooded = floods.map(async (name) => {
    await agent.until(() => finished(name) >= 1);
    rmSync(join(home.scripts, name)); // a million samples are enough to read
  });
  await Promise.all(flooded);
  await agent.until(() => [...odd, ...odder, '200kB'].every((name) => floods.includes(name) || finished(name) >= 2));
  const before = finished('two-gauges');
  await agent.until(() => finished('two-gauges') > before); // and the agent still runs plugins

  const peak = Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${agent.pid}/status`, 'latin1'))?.[1]) * 1024;
  expect(peak).toBeLessThan(200 * mebibyte);
  const told = (event: string, plugin: string) =>
    agent.log.filter((entry) => entry.event === event && entry['plugin'] === plugin);
  for (const name of ['missing-interpreter', 'crlf-shebang', 'killed-by-sigkill', 'kills-its-group', 'exits-3']) {
    expect(
      told('run.failed', name)
        .map(({ repeat }) => repeat)
        .slice(0, 2),
      name,
    ).toEqual([1, 2]);
  }
  expect(told('plugin.rejected', 'dangling')).toHaveLength(1);
  expect(told('run.overflowed', 'one-long-line').length).toBeGreaterThanOrEqual(1);
  expect(told('run.bad-lines', 'bad-utf8').length).toBeGreaterThanOrEqual(1);
  await agent.event('run.skipped', (entry) => entry['plugin'] === 'waits-on-fifo' && entry['reason'] === 'running'); // on a busy machine it waited for a slot before
  const wanted = new Set(['bad-utf8.before', '200kB.line.14999', 'one-long-line.before', 'leaves-a-grandchild.left']);
  let looked = 0;
  await agent.until(() => {
    for (; looked < agent.printed.length; looked += 1) {
      const metric = agent.printed[looked]?.split(' ')[0] ?? '';
      wanted.delete(metric.slice(metric.indexOf('.') + 1));
    }
    return wanted.size === 0;
  });
  agent.process.kill('SIGTERM');
  await agent.event('daemon.stopping');
}); // 340 MB pass through it: slow on a busy machine
