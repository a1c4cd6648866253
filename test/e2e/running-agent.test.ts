import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { processes } from '../../src/io/process/identity.ts';
import { type Background, background } from '../helpers/background.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilCount } from '../helpers/processes.ts';
import { removeInUse } from '../helpers/remove-in-use.ts';
import { secrets } from '../helpers/secrets.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const nowhere = ['-k', secrets.apiKey, '-c', 'tcp://127.0.0.1:1', '-r', '1'];
const pidFile = (home: Background) => join(home.state, 'instrument_server.pid');
const socket = (home: Background) => join(home.state, 'control.sock');
const isGone = (pid: number) => processes.identify(pid) === null;
const until = async (holds: () => boolean) => {
  while (!holds()) await moment();
};

/** An agent in the background, and its process id. */
async function started(...flags: readonly string[]) {
  const home = background();
  expect((await home.run(...nowhere, ...flags, 'start')).stderr).toBe('');
  return { home, pid: home.pid() };
}

describe('an agent whose pid file was removed', () => {
  test('is stopped by stop, and told of by start, clean and status until then', async () => {
    const { home, pid } = await started('-r', '3600');
    rmSync(pidFile(home));
    expect(await home.run(...nowhere, 'start')).toMatchObject({
      status: 1,
      stderr: `instrument_server: already running (pid ${pid})\n`,
    });
    expect(await home.run('clean')).toMatchObject({ status: 1, stderr: expect.stringContaining(`(pid ${pid})`) });
    expect(await home.run('status')).toMatchObject({ status: 0, stdout: expect.stringContaining(`(pid ${pid})`) });
    expect(await home.run('stop')).toEqual({ status: 0, stdout: `stopped (pid ${pid})`, stderr: '' });
    expect(isGone(pid)).toBe(true);
  });

  test('is ended by kill, and replaced by restart', async () => {
    const { home, pid } = await started('-r', '3600');
    rmSync(pidFile(home));
    expect(await home.run(...nowhere, 'restart')).toMatchObject({ status: 0 });
    const next = home.pid();
    expect([isGone(pid), next === pid, home.processes()]).toEqual([true, false, [next]]);
    rmSync(pidFile(home));
    expect(await home.run('kill')).toEqual({ status: 0, stdout: `killed (pid ${next})`, stderr: '' });
    expect(isGone(next)).toBe(true);
  });

  test('makes it again at the next tick, and its socket, and says so once', async () => {
    const { home, pid } = await started();
    for (const path of [pidFile(home), socket(home)]) rmSync(path);
    await until(() => existsSync(pidFile(home)) && existsSync(socket(home)));
    expect(home.pid()).toBe(pid);
    await until(() => home.log().some(({ event }) => event === 'files.remade'));
    const remade = home.log().filter(({ event }) => event === 'files.remade');
    expect(remade.flatMap(({ files }) => files)).toEqual(['the pid file', 'the control socket']);
    expect((await home.run('status')).status).toBe(0);
    await home.run('stop');
    expect(existsSync(pidFile(home))).toBe(false);
  });
});

test('an agent whose socket was removed is running for status and run, which say what is missing', async () => {
  const { home, pid } = await started('-r', '3600');
  rmSync(socket(home));
  const missing = `running (pid ${pid}), its socket ${socket(home)} is missing; the agent makes it again at its next tick`;
  expect(await home.run('status')).toEqual({ status: 1, stdout: '', stderr: `instrument_server: ${missing}\n` });
  expect(await home.run('run', '/bin/true')).toEqual({
    status: 127,
    stdout: '',
    stderr: `instrument_server: ${missing}; try again then\n`,
  });
  await home.run('stop');
});

describe('an agent whose state directory was removed', () => {
  test('is still the only one: start, restart and every other command find it, and restart replaces it', async () => {
    const { home, pid } = await started('-r', '3600');
    removeInUse(home.state);
    expect(await home.run(...nowhere, 'start')).toMatchObject({
      status: 1,
      stderr: `instrument_server: already running (pid ${pid})\n`,
    });
    expect((await home.run('status')).stderr).toContain(`running (pid ${pid}), its socket`);
    expect(existsSync(home.state)).toBe(false); // none of them has made it
    expect(await home.run(...nowhere, 'restart')).toMatchObject({ status: 0 });
    expect([isGone(pid), home.processes()]).toEqual([true, [home.pid()]]);
  });

  test('makes it again with the samples that wait, says what was lost, and a restart keeps them', async () => {
    const home = background();
    installPlugin(home.scripts, 'two-gauges');
    const flags = [...nowhere, '-e', '-s', home.scripts];
    await home.run(...flags, 'start');
    const waiting = async () =>
      JSON.parse((await home.run('status', '--json')).stdout || '{"sinks":[{"waitingSamples":0}]}').sinks[0]
        .waitingSamples;
    while ((await waiting()) < 4) await moment();
    removeInUse(home.state);
    await until(() => existsSync(join(home.state, 'instrument_server.log')));
    await until(() => home.log().some(({ event }) => event === 'files.remade'));
    const told = home.log().filter(({ event }) => ['store.moved', 'files.remade'].includes(event));
    expect(told).toMatchObject([
      { event: 'store.moved', outputs: 1 },
      { event: 'files.remade', files: expect.arrayContaining(['the state directory', 'the database', 'the pid file']) },
    ]);
    const before = await waiting();
    expect(before).toBeGreaterThanOrEqual(4);
    expect(await home.run(...flags, 'restart')).toMatchObject({ status: 0 });
    expect(await waiting()).toBeGreaterThanOrEqual(before);
  });
});

test('a restart right after the state directory was removed keeps the samples that wait', async () => {
  const home = background();
  const hour = [...nowhere, '-r', '3600', '-e', '-s', home.scripts];
  await home.run(...nowhere, '-e', '-s', home.scripts, 'start');
  installPlugin(home.scripts, 'two-gauges');
  const waiting = async () => JSON.parse((await home.run('status', '--json')).stdout).sinks[0].waitingSamples;
  while ((await waiting()) < 4) await moment();
  await home.run(...hour, 'restart'); // no tick comes to its help any more
  const before = await waiting();
  removeInUse(home.state);
  expect((await home.run(...hour, 'restart')).status).toBe(0);
  expect(await waiting()).toBe(before);
});

test.each(['é ü.sh', 'e.sh'])(
  'a plugin %s that an agent left behind without a record is not run twice',
  async (file) => {
    const home = background();
    const hold = holdFifo();
    const path = writePlugin(home.scripts, file, `#!/bin/sh\nread -r _ < '${hold.path}'\n`);
    const flags = [...nowhere, '-e', '-s', home.scripts];
    await home.run(...flags, 'start');
    const onCommandLine = Buffer.from(path).toString('latin1'); // as the helpers read it
    const [pid] = await untilCount(onCommandLine, 1);
    removeInUse(home.state);
    await home.run('kill');
    expect((await home.run(...flags, 'start')).status).toBe(0);
    await until(() => home.log().some(({ event }) => event === 'run.skipped'));
    expect(pidsWith(onCommandLine)).toEqual([pid]);
    expect((await home.run('-s', home.scripts, 'stop')).status).toBe(0);
    expect((await home.run('-s', home.scripts, 'run', file)).stderr).toContain(`(pid ${pid}) is still running`);
    hold.release();
  },
);

test('the plugins of a directory are not run here while another agent may run them', async () => {
  const location = makeHome().scripts;
  installPlugin(location, 'two-gauges');
  const { pid } = await started('-e', '-s', location);
  const other = background();
  const ran = await other.run('-s', location, 'run', 'two-gauges');
  expect(ran).toMatchObject({ status: 127, stderr: expect.stringContaining(`(pid ${pid})`) });
});

test('a plugin is not run by an agent whose link leads to the directory of another agent now', async () => {
  const [location, own] = [makeHome().scripts, makeHome().scripts];
  for (const path of [location, own]) installPlugin(path, 'two-gauges');
  const { pid } = await started('-e', '-s', location);
  const other = background();
  const link = join(other.scripts, 'link');
  symlinkSync(own, link);
  await other.run(...nowhere, '-r', '1', '-e', '-s', link, 'start');
  rmSync(link);
  symlinkSync(location, link);
  await until(() => other.log().some(({ event }) => event === 'plugins.suspended'));
  const { status, stdout, stderr } = await other.run('run', 'two-gauges');
  expect([status, stdout]).toEqual([127, '']);
  expect(stderr).toContain(`the plugins of ${link} are run by an agent with another state directory (pid ${pid})`);
});

describe('a start says what is wrong with a file, and how to mend it without leaving what waits', () => {
  test('a lock that is none', async () => {
    const home = background();
    await home.run('check');
    const { pid, ...started } = { pid: 0, ...(await home.run(...nowhere, 'start')) };
    expect([pid, started.status]).toEqual([0, 0]);
    await home.run('stop');
    const path = join(home.state, 'lock');
    writeFileSync(path, 'junk');
    const refused = await home.run(...nowhere, 'start');
    expect(refused).toEqual({
      status: 2,
      stdout: '',
      stderr: `instrument_server: ${path} is not a lock of this program, and no agent holds it; remove it: rm '${path}'\n`,
    });
    const cure = spawn('/bin/sh', ['-c', refused.stderr.split('remove it: ')[1] ?? '']);
    await new Promise((resolve) => cure.on('close', resolve));
    expect((await home.run(...nowhere, 'start')).status).toBe(0);
  });

  test('a database that another process holds', async () => {
    const home = background();
    await home.run(...nowhere, 'start');
    await home.run('stop');
    const path = join(home.state, 'instrument_server.db');
    const holder = spawn(process.execPath, ['--input-type=module', '-e', holding(path)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: process.cwd(),
    });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const { status, stderr } = await home.run(...nowhere, 'start');
    expect([status, stderr]).toEqual([
      2,
      `instrument_server: another program holds the database ${path} (database is locked); end that one, which \`fuser '${path}'\` names, and start again: what waits in it must not be left behind\n`,
    ]);
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.on('close', resolve));
    expect((await home.run(...nowhere, 'start')).status).toBe(0);
    expect(readFileSync(pidFile(home), 'utf8')).toMatch(/^\d+\n/);
  });
});

const holding = (path: string) => `
  import { DatabaseSync } from '@photostructure/sqlite';
  const db = new DatabaseSync(${JSON.stringify(path)});
  db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  console.log('held');
  setInterval(() => db.isOpen, 1000);
`;
