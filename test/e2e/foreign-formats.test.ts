import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilCount, untilEnded } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

/** A configuration file that gives plugins their formats, and the flags of an agent with it. */
function flagsFor(home: Home, formats: Readonly<Record<string, string>>): readonly string[] {
  const file = join(tempDir(), 'agent.ini');
  const sections = Object.entries(formats).map(([name, format]) => `[plugin:${name}]\nformat = ${format}\n`);
  writeFileSync(file, `[agent]\nmax_concurrency = 4\nhost_metrics = false\n${sections.join('')}`, { mode: 0o600 });
  return ['-e', '-s', home.scripts, '--state-dir', home.state, '-f', file, '-r', '1', '--debug'];
}

const hangs = '#!/bin/sh\nread -r _ < "$HOLD_FIFO"\necho "OK - x|a=1"\n';

test('24 hung checks of other systems starve no other, and each exists once', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const names = Array.from({ length: 24 }, (_, index) => `hung${index}`);
  const formats = Object.fromEntries(
    names.map((name, index) => [name, ['nagios', 'munin', 'prometheus'][index % 3] ?? '']),
  );
  const paths = names.map((name) => writePlugin(home.scripts, name, hangs));
  writePlugin(home.scripts, 'well', '#!/bin/sh\necho "LOAD WARNING - x|load1=5"\nexit 1\n');
  const agent = startProgram(flagsFor(home, { ...formats, well: 'nagios' }), {
    env: { HOME: home.state, HOLD_FIFO: hold.path },
  });
  for (const path of paths) await untilCount(path, 1);
  const finished = () => agent.log.filter(({ event }) => event === 'run.finished');
  await agent.until(() => finished().length >= 3);
  for (const run of finished()) expect(run).toMatchObject({ plugin: 'well', samples: 2, checkState: 'WARNING' });
  expect(paths.map((path) => pidsWith(path).length)).toEqual(paths.map(() => 1));
  const flags = ['--state-dir', home.state];
  expect(await runToEnd([...flags, 'status', 'well'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/message +WARNING: LOAD WARNING - x/),
  });
  agent.process.kill('SIGKILL');
  await agent.exit;
});

test('a Munin plugin whose run with config outlives a kill -9 is not doubled by the next agent', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = writePlugin(
    home.scripts,
    'p',
    `#!/bin/sh\n[ "$1" = config ] && read -r _ < "$HOLD_FIFO"\necho "a.value 1"\n`,
  );
  const flags = flagsFor(home, { p: 'munin' });
  const env = { HOME: home.state, HOLD_FIFO: hold.path };
  const first = startProgram(flags, { env });
  const [pid = 0] = await untilCount(path, 1);
  await first.event('run.skipped'); // a tick later: it is recorded
  first.process.kill('SIGKILL');
  await first.exit;
  const second = startProgram(flags, { env });
  expect(await second.event('run.survived')).toMatchObject({ plugin: 'p', pid });
  expect(await second.event('run.skipped')).toMatchObject({ plugin: 'p', pid });
  expect(pidsWith(path)).toEqual([pid]);
  hold.release();
  await untilEnded(pid);
  await second.event('run.survivor-ended');
});

test('a Munin plugin that runs on after its run with config is known to the next agent, too', async () => {
  const home = makeHome();
  const [asked, hold] = [holdFifo(), holdFifo()];
  const calls = join(tempDir(), 'calls');
  writeFileSync(calls, '');
  const body = `#!/bin/sh
echo "$$" >> "$CALLS"
if [ "$1" = config ]; then read -r _ < "$ASKED_FIFO"; exit 0; fi
read -r _ < "$HOLD_FIFO"
`;
  const path = writePlugin(home.scripts, 'p', body);
  const flags = flagsFor(home, { p: 'munin' });
  const env = { HOME: home.state, HOLD_FIFO: hold.path, ASKED_FIFO: asked.path, CALLS: calls };
  const pids = () => readFileSync(calls, 'utf8').split('\n').filter(Boolean).map(Number);
  const first = startProgram(flags, { env });
  await first.event('run.skipped'); // a tick later: its first process is recorded
  asked.release();
  while (pids().length < 2) await moment();
  first.process.kill('SIGKILL');
  await first.exit;
  const [, pid = 0] = pids();
  expect(pidsWith(path)).toEqual([pid]);
  const second = startProgram(flags, { env });
  expect(await second.event('run.survived')).toMatchObject({ plugin: 'p', pid });
  expect(pidsWith(path)).toEqual([pid]);
  hold.release();
  await untilEnded(pid);
});
