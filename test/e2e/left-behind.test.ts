import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilCount, untilEnded } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';

/** The flags by which an agent and who comes after it find the same home. */
const flagsOf = ({ scripts, state }: Home) => ['-H', 'h', '-s', scripts, '--state-dir', state];

/** `run` with these words, to its end. */
function run(home: Home, words: readonly string[], env: Record<string, string> = {}) {
  return runToEnd([...flagsOf(home), 'run', ...words], { HOME: home.state, ...env });
}

/** An agent with a plugin that waits, stopped or killed beside it; the plugin's process. */
async function leave(home: Home, hold: { readonly path: string }, signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
  installPlugin(home.scripts, 'waits-on-fifo');
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, '[agent]\nstop_grace = 100ms\n');
  const words = [...flagsOf(home), '-e', '-r', '1', '-f', file, '--debug'];
  const agent = startProgram(words, { env: { HOME: home.state, HOLD_FIFO: hold.path } });
  const [pid = 0] = await untilCount(join(home.scripts, 'waits-on-fifo'), 1);
  await agent.event('run.skipped'); // a tick later: it is recorded
  agent.process.kill(signal);
  await agent.exit;
  return pid;
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a run that an agent left behind at a %s is not doubled: `run` refuses with its process, and runs the script once that has ended',
  async (signal) => {
    const [home, hold] = [makeHome(), holdFifo()];
    const pid = await leave(home, hold, signal);
    const path = join(home.scripts, 'waits-on-fifo');
    expect(await run(home, ['waits-on-fifo'], { HOLD_FIFO: hold.path })).toEqual({
      status: 127,
      stdout: '',
      stderr: `instrument_server: a run of it that an earlier agent began (pid ${pid}) is still running, and a plugin never runs twice at the same time: try again when it has ended\n`,
    });
    expect(pidsWith(path)).toEqual([pid]);
    hold.release();
    await untilEnded(pid);
    const again = startProgram([...flagsOf(home), 'run', 'waits-on-fifo'], { env: { HOLD_FIFO: hold.path } });
    await untilCount(path, 1);
    hold.release();
    expect([await again.exit, again.printed.join('\n')]).toEqual([
      0,
      expect.stringContaining('→ h.waits-on-fifo.released 1'),
    ]);
  },
);

test('a run that an agent left behind holds up no script of the same name elsewhere, and nothing where the database is no database', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  const pid = await leave(home, hold, 'SIGKILL');
  const elsewhere = installPlugin(tempDir(), 'two-gauges', { as: 'waits-on-fifo' });
  expect(await run(home, [elsewhere])).toMatchObject({ status: 0, stderr: '' });
  for (const end of ['', '-wal', '-shm']) writeFileSync(join(home.state, `instrument_server.db${end}`), 'no database');
  installPlugin(home.scripts, 'two-gauges');
  expect(await run(home, ['two-gauges'])).toMatchObject({ status: 0, stderr: '' });
  expect(pidsWith(join(home.scripts, 'waits-on-fifo'))).toEqual([pid]);
  hold.release();
});

test('a run that an agent left behind is waited for by `dev`, which says so once and runs the script when that has ended', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  const pid = await leave(home, hold, 'SIGTERM');
  const path = join(home.scripts, 'waits-on-fifo');
  const dev = startProgram([...flagsOf(home), 'dev', 'waits-on-fifo'], { env: { HOLD_FIFO: hold.path } });
  await dev.until(() => dev.printed.length > 0);
  expect(dev.printed[0]).toMatch(
    new RegExp(`^it is in flight already \\(pid ${pid}\\), for .*; this run waits until that one has ended`),
  );
  expect(pidsWith(path)).toEqual([pid]);
  hold.release();
  await dev.until(() => dev.printed.length > 1);
  expect(dev.printed[1]).toContain(': run here, in ');
  await untilCount(path, 1);
  hold.release();
  await dev.until(() => dev.printed.some((line) => line.includes('h.waits-on-fifo.released')));
});
