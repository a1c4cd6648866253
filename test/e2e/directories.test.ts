import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { foreignDirectory } from '../agent/directories-set-up.ts';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const value = '#!/bin/sh\necho "a 1"\n';

/** A home without scripts enabled, a directory of another system, and a program elsewhere. */
function place() {
  const home = makeHome();
  const [munin, lib] = [foreignDirectory(), foreignDirectory()];
  const program = writePlugin(lib, 'check_disk', '#!/bin/sh\necho "free 2"\n', 0o755);
  symlinkSync(writePlugin(lib, 'if_', value, 0o755), join(munin, 'if_eth0'));
  const file = join(tempDir(), 'agent.ini');
  const agentSection = '[agent]\nreport_interval = 1s\nhost_metrics = no\nhostname = h\n';
  const sections = `[directory:munin]\npath = ${munin}\n[plugin:disk]\ncommand = ${program} -w 20%\n`;
  const write = (text: string) => {
    writeFileSync(`${file}.new`, agentSection + text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  write(sections);
  const flags = ['-f', file, '--state-dir', home.state];
  const run = (...words: string[]) => runToEnd([...flags, ...words], { HOME: home.state });
  const start = (env: Record<string, string> = {}) => startProgram(flags, { env: { HOME: home.state, ...env } });
  return { home, munin, lib, program, sections, write, run, start };
}

test('a directory and a command run, are shown, and are run by their identities and names, with an agent and without', async () => {
  const { run, start } = place();
  for (const word of ['munin/if_eth0', 'if_eth0', 'command/disk', 'disk'])
    expect(await run('run', word)).toMatchObject({ status: 0, stdout: expect.stringContaining('run here') });
  expect((await run('run', 'disk')).stdout).toMatch(
    /^command\/disk \(\/.*\/check_disk\): run here, .*\n {2}called with -w 20% /,
  );
  expect((await run('run', 'if_eth0')).stdout).toMatch(/^munin\/if_eth0 \(\/.*\/if_eth0\): run here/);
  expect((await run('run', 'munin/none')).stderr).toContain('there is no script');
  const agent = start();
  await agent.until(() =>
    ['h.if_eth0.a', 'h.disk.free'].every((name) => agent.printed.some((line) => line.startsWith(name))),
  );
  const shown = (await run('status')).stdout;
  expect(shown).toMatch(/^plugins: 2 of 2 report/m);
  expect((await run('status', '--names')).stdout).toBe('munin/if_eth0\ncommand/disk');
  for (const word of ['munin/if_eth0', 'if_eth0', 'command/disk', 'disk']) {
    expect((await run('status', word)).status).toBe(0);
    expect(await run('run', word)).toMatchObject({ status: 0, stdout: expect.stringContaining('run by the agent') });
  }
  expect((await run('status', 'nothing')).stdout).toContain('there is no script nothing');
});

test("a Munin plugin's file name is its name, and a part of it is enough to run it; where there is none, the places are named", async () => {
  const { munin, run, write } = place();
  write(`[directory:munin]\npath = ${munin}\nformat = munin\n`);
  writePlugin(munin, 'ping_192.0.2.7', '#!/bin/sh\necho "ms.value 1"\n', 0o755);
  const { stdout } = await run('run', 'ping_192.0.2');
  expect(stdout).toContain('→ h.ping_192.0.2.7.ms 1 ');
  writePlugin(munin, 'ping_192.0.2.8', '#!/bin/sh\necho "ms.value 1"\n', 0o755);
  expect((await run('run', 'ping_192.0.2')).stderr).toContain('may be munin/ping_192.0.2.7 or munin/ping_192.0.2.8');
  expect((await run('run', 'none')).stderr).toContain(` or ${munin}`);
  expect((await run('run', 'ping_192.0.2.8')).status).toBe(0);
});

test('sections that come, change and go are in force without a restart', async () => {
  const { munin, sections, write, start, run } = place();
  write('');
  const agent = start();
  await agent.event('daemon.started');
  write(sections);
  await agent.event('plugin.added', ({ plugin }) => plugin === 'munin/if_eth0');
  await agent.until(() => agent.printed.some((line) => line.startsWith('h.disk.free')));
  chmodSync(munin, 0o777);
  const suspended = await agent.event('plugins.suspended');
  expect(suspended).toMatchObject({ directory: 'munin', level: 'error', msg: expect.stringContaining('a directory') });
  expect((await run('status')).stdout).toContain('no plugin of munin runs: ');
  chmodSync(munin, 0o755);
  expect(await agent.event('plugins.resumed')).toMatchObject({ directory: 'munin' });
  write('');
  await agent.event('plugin.removed', ({ plugin }) => plugin === 'munin/if_eth0');
  await agent.event('plugin.removed', ({ plugin }) => plugin === 'command/disk');
});

const withoutDatabase = (state: string) => {
  for (const end of ['', '-wal', '-shm']) rmSync(join(state, `instrument_server.db${end}`), { force: true });
};

const withoutRecords = (state: string) => {
  withoutDatabase(state);
  const pipes = join(state, 'pipes');
  for (const name of readdirSync(pipes).filter((one) => one.endsWith('.runs'))) rmSync(join(pipes, name));
};

test.each([
  ['recorded in the database', () => {}],
  ['known by the record of its pipes', withoutDatabase],
  ['known by its command line', withoutRecords],
])('a run of a directory that outlives kill -9 is not doubled: %s', async (_how, meddle) => {
  const { home, munin, run, start } = place();
  const hold = holdFifo();
  const path = installPlugin(munin, 'waits-on-fifo', { as: 'waits', mode: 0o755 });
  const first = start({ HOLD_FIFO: hold.path });
  while (pidsWith(path).length === 0) await moment();
  first.process.kill('SIGKILL');
  await first.exit;
  meddle(home.state);
  expect((await run('run', 'munin/waits')).stderr).toContain('a plugin never runs twice at the same time');
  const second = start({ HOLD_FIFO: hold.path });
  expect(await second.event('run.survived')).toMatchObject({ plugin: 'munin/waits' });
  await second.event('run.skipped', ({ plugin }) => plugin === 'munin/waits');
  expect(pidsWith(path)).toHaveLength(1);
  hold.release(1);
  await second.event('run.survivor-ended', ({ plugin }) => plugin === 'munin/waits');
  hold.release(100);
});

test('a command that outlives kill -9, of which no record is left, is known by its words', async () => {
  const { home, lib, write, start } = place();
  const hold = holdFifo();
  const path = installPlugin(lib, 'waits-on-fifo', { mode: 0o755 });
  write(`[plugin:waits]\ncommand = ${path}\n`);
  const first = start({ HOLD_FIFO: hold.path });
  while (pidsWith(path).length === 0) await moment();
  first.process.kill('SIGKILL');
  await first.exit;
  withoutRecords(home.state);
  const second = start({ HOLD_FIFO: hold.path });
  expect(await second.event('run.survived')).toMatchObject({ plugin: 'command/waits' });
  hold.release(100);
});

test('check judges each directory and command, with all that is wrong', async () => {
  const { munin, lib, run, write } = place();
  expect(await run('check')).toMatchObject({ status: 0, stdout: 'good: 2 scripts' });
  writePlugin(munin, 'disk', value, 0o755);
  writePlugin(munin, 'open', value, 0o757);
  mkdirSync(join(munin, 'folder'));
  const { stdout } = await run('check', '--strict');
  expect(stdout).toContain('report under the same name disk');
  expect(stdout).toContain(`the file '${join(munin, 'open')}' has mode 0757, so everyone can change what runs`);
  write(`[directory:munin]\npath = ${join(munin, 'no')}\n[plugin:x]\ncommand = ${join(lib, 'no')}\n`);
  const missing = await run('check');
  expect(missing.status).toBe(1);
  expect(missing.stdout).toContain("problem: [directory:munin] can't be used: there is no directory");
  expect(missing.stdout).toContain('warning: there is no file');
});

test('a directory that an agent with another state directory runs is not run here, whatever leads to it', async () => {
  const { munin, run, sections, start, write } = place();
  const agent = start();
  await agent.until(() => agent.printed.some((line) => line.startsWith('h.if_eth0.a')));
  const { pid } = JSON.parse((await run('status', '--json')).stdout);
  const other = place();
  other.write(sections);
  for (const word of ['munin/if_eth0', join(munin, 'if_eth0')])
    expect(await other.run('run', word)).toMatchObject({
      status: 127,
      stderr: expect.stringContaining(`are run by an agent with another state directory (pid ${pid})`),
    });
  expect(await other.run('run', 'command/disk')).toMatchObject({ status: 0 });
  const second = other.start();
  await second.until(() => second.printed.some((line) => line.startsWith('h.disk.free')));
  for (const words of [
    ['run', 'munin/if_eth0'],
    ['status', 'munin/if_eth0'],
  ]) {
    const { stdout, stderr } = await other.run(...words);
    expect(stdout + stderr).toContain(`runs: another agent (pid ${pid}) runs the plugins of '${munin}'`);
  }
  expect((await other.run('run', join(munin, 'if_eth0'))).stderr).toContain(`(pid ${pid})`);
  write('');
  await second.until(() => second.printed.some((line) => line.startsWith('h.if_eth0.a')));
  const link = join(tempDir(), 'link');
  symlinkSync(munin, link);
  expect((await other.run('run', join(link, 'if_eth0'))).stdout).toContain('run by the agent');
});
