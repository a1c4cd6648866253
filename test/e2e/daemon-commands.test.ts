import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { processes } from '../../src/io/process/identity.ts';
import { startProgram } from '../helpers/agent.ts';
import { type Background, background } from '../helpers/background.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilEach } from '../helpers/processes.ts';
import { secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { moment } from '../helpers/turns.ts';

const isRoot = process.getuid?.() === 0;
const nowhere = ['-c', 'tcp://127.0.0.1:1'];
const keyed = ['-k', secrets.apiKey, ...nowhere];
const pidFileOf = (home: Background) => join(home.state, 'instrument_server.pid');
const logOf = (home: Background) => join(home.state, 'instrument_server.log');
const said = (status: number, stdout: string | RegExp, stderr: string | RegExp = /^$/) => ({
  status,
  stdout: typeof stdout === 'string' ? stdout : expect.stringMatching(stdout),
  stderr: typeof stderr === 'string' ? stderr : expect.stringMatching(stderr),
});
const alreadyRunning = (pid: number) => said(1, '', `instrument_server: already running (pid ${pid})\n`);
const isGone = (pid: number) => processes.identify(pid) === null;
const ini = (text: string) => {
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};

/** A process of another program, in the place of one whose id was used again. */
function foreigner(): number {
  const child = spawn('/bin/sh', ['-c', 'read -r _ < "$0"', holdFifo().path], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child.pid ?? 0;
}

describe('start', () => {
  test('gives an agent in a session of its own, at the root directory, its standard streams at /dev/null and the key nowhere in its arguments', async () => {
    const home = background();
    const started = await home.run(...keyed, 'start');
    const pid = home.pid();
    expect(started).toEqual(said(0, `started (pid ${pid}); log: ${logOf(home)}`));
    expect(home.processes()).toEqual([pid]);
    if (isRoot) {
      // Root alone may look: the agent hides this from its own user.
      expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
      expect([0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))).toEqual(Array(3).fill('/dev/null'));
    }
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(secrets.apiKey);
    const [, session] = /^\d+ \(.*\) \S+ \d+ \d+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    expect(Number(session)).toBe(pid);
    expect(home.log().map(({ event }) => event)).toContain('daemon.started');
    expect(statSync(logOf(home)).mode & 0o777).toBe(0o600);
    expect(statSync(pidFileOf(home)).mode & 0o777).toBe(0o644);
  });

  test('takes relative paths from where it was typed', async () => {
    const home = background();
    const folder = tempDir();
    writeFileSync(join(folder, 'x.ini'), `[collector]\napi_key = k\naddress = tcp://127.0.0.1:1\n`, { mode: 0o600 });
    mkdirSync(join(folder, 'scripts'), { mode: 0o700 });
    const words = ['-f', 'x.ini', '-e', '-s', 'scripts', '-l', 'x.log', '-p', 'x.pid', '--state-dir', 'state', 'start'];
    const agent = startProgram(words, { cwd: folder, env: { HOME: folder } });
    expect([await agent.exit, agent.stderr()]).toEqual([0, '']);
    expect(readdirSync(folder).sort()).toEqual(['scripts', 'state', 'x.ini', 'x.log', 'x.pid']);
    expect(home.log(join(folder, 'x.log')).find(({ event }) => event === 'plugins.watched')).toMatchObject({
      path: join(folder, 'scripts'),
    });
    expect(await home.run('-p', join(folder, 'x.pid'), 'stop')).toMatchObject({ status: 0 });
  });

  test.each([
    ['a bad value', ['-r', '0'], /^instrument_server: -r: "0" is too small; expected 1s to 24d\n$/],
    [
      'a script directory that does not exist',
      ['-e', '-s', '/no/such'],
      /^instrument_server: the script directory .* mkdir -p -m 0700 /,
    ],
    [
      'a log in a folder that does not exist',
      ['-l', '/no/such/x.log'],
      /^instrument_server: the log file .* mkdir -p '\/no\/such'\n$/,
    ],
    [
      'a pid file in a folder that does not exist',
      ['-p', '/no/such/x.pid'],
      /^instrument_server: the pid file .* mkdir -p '\/no\/such'\n$/,
    ],
    [
      'a pid file that is a device',
      ['-p', '/dev/null'],
      /^instrument_server: the pid file \/dev\/null .*name (another|a file elsewhere) with -p/,
    ],
    ['a flag that does not exist', ['--strat'], /There is no flag/],
  ])('with %s says so, never "started", with status 2, and leaves no process', async (_title, words, says) => {
    const home = background();
    expect(await home.run(...keyed, ...words, 'start')).toEqual(said(2, '', says));
    expect(home.processes()).toEqual([]);
    expect(existsSync(pidFileOf(home)) || existsSync(logOf(home))).toBe(false);
  });

  test('in a state directory that others can reach says so with status 2, and leaves no file in it', async () => {
    const home = background();
    mkdirSync(home.state);
    chmodSync(home.state, 0o755);
    expect(await home.run(...keyed, 'start')).toEqual(
      said(2, '', /has mode 0755, so that others can reach it; chmod 0700 '/),
    );
    expect(readdirSync(home.state)).toEqual([]);
  });

  test('without a key and without a sink warns that samples go nowhere, at once and in the log', async () => {
    const home = background();
    expect(await home.run('start')).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/warning: without a key .* -k KEY .*\[sink:/),
    });
    expect(home.log().find(({ event }) => event === 'config.warned')).toMatchObject({
      problem: expect.stringContaining('-k KEY'),
    });
  });

  test('is refused while an agent runs, also one in the foreground', async () => {
    const home = background();
    await home.run(...keyed, 'start');
    const pid = home.pid();
    expect(await home.run(...keyed, 'start')).toEqual(alreadyRunning(pid));
    await home.run('stop');
    const agent = startProgram(['--state-dir', home.state], { env: { HOME: home.state } });
    await agent.event('daemon.started');
    while (home.pid() === 0) await moment();
    expect(await home.run(...keyed, 'start')).toEqual(alreadyRunning(agent.pid));
    expect(await home.run('stop')).toEqual(said(0, `stopped (pid ${agent.pid})`));
    expect(await agent.exit).toBe(0);
  });

  test('of an agent whose pid file is that of an agent with another state directory is refused, in the foreground in words', async () => {
    const [first, second] = [background(), background()];
    const pidFile = join(tempDir(), 'x.pid');
    await first.run(...keyed, '-p', pidFile, 'start');
    const pid = first.pid(pidFile);
    expect(await second.run(...keyed, '-p', pidFile, 'start')).toEqual(alreadyRunning(pid));
    expect(await second.run(...keyed, '-p', pidFile)).toMatchObject({
      status: 2,
      stderr: `instrument_server: the pid file ${pidFile} is that of another running agent (pid ${pid}); give this one its own with -p FILE\n`,
    });
    expect([first.pid(pidFile), second.processes()]).toEqual([pid, []]);
  });

  test('sixteen times at once gives one agent, 15 refusals and no debris', async () => {
    const home = background();
    const all = await Promise.all(Array.from({ length: 16 }, () => home.run(...keyed, 'start')));
    const pid = home.pid();
    expect(all.filter(({ status }) => status === 0)).toEqual([said(0, `started (pid ${pid}); log: ${logOf(home)}`)]);
    expect(all.filter(({ status }) => status !== 0)).toEqual(Array(15).fill(alreadyRunning(pid)));
    expect(home.processes()).toEqual([pid]);
    expect(home.log().filter(({ event }) => event === 'daemon.started')).toHaveLength(1);
    expect(readdirSync(home.state).filter((name) => /pid|log/.test(name))).toEqual([
      'instrument_server.log',
      'instrument_server.pid',
    ]);
  });

  test('five times at once with one stale pid file and five state directories gives one agent', async () => {
    const homes = Array.from({ length: 5 }, () => background());
    const folder = tempDir();
    const pidFile = join(folder, 'x.pid');
    writeFileSync(pidFile, '1\nlong ago\n');
    const all = await Promise.all(homes.map((home) => home.run(...keyed, '-p', pidFile, 'start')));
    expect(all.map(({ status }) => status).sort()).toEqual([0, ...Array(4).fill(1)]);
    expect(homes.flatMap((home) => home.processes())).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['x.pid']);
  });

  test.each([
    [
      'of an agent that was ended with SIGKILL',
      async (home: Background) => {
        await home.run(...keyed, 'start');
        const pid = home.pid();
        process.kill(pid, 'SIGKILL');
        while (!isGone(pid)) await moment();
      },
    ],
    [
      'with a process id that is somebody else now',
      async (home: Background) => {
        mkdirSync(home.state, { mode: 0o700 });
        writeFileSync(pidFileOf(home), `${process.pid}\nanother start\n`);
      },
    ],
    [
      'with a process id alone, as the Ruby agent wrote it',
      async (home: Background) => {
        mkdirSync(home.state, { mode: 0o700 });
        writeFileSync(pidFileOf(home), `${process.pid}`);
      },
    ],
    [
      'that holds anything',
      async (home: Background) => {
        mkdirSync(home.state, { mode: 0o700 });
        writeFileSync(pidFileOf(home), '\0\xff-1\n\n');
      },
    ],
  ])('is not held up by a pid file %s', async (_title, leave) => {
    const home = background();
    await leave(home);
    expect(await home.run(...keyed, 'start')).toMatchObject({ status: 0 });
    expect(home.processes()).toEqual([home.pid()]);
  });
});

describe('stop and kill', () => {
  test.each(['stop', 'kill'])('%s where nothing runs says so, with status 0', async (command) => {
    expect(await background().run(command)).toEqual(said(0, 'not running'));
  });

  test('stop waits until the agent is gone, which takes its pid file along and says why in its log', async () => {
    const home = background();
    await home.run(...keyed, 'start');
    const pid = home.pid();
    expect(await home.run('stop')).toEqual(said(0, `stopped (pid ${pid})`));
    expect([home.processes(), home.pid()]).toEqual([[], 0]);
    expect(home.log().find(({ event }) => event === 'daemon.stopping')).toMatchObject({ signal: 'SIGTERM' });
  });

  test('kill ends it at once, takes its pid file away, and the next start runs', async () => {
    const home = background();
    await home.run(...keyed, 'start');
    const pid = home.pid();
    expect(await home.run('kill')).toEqual(said(0, `killed (pid ${pid})`));
    expect([home.processes(), home.pid()]).toEqual([[], 0]);
    expect(home.log().map(({ event }) => event)).not.toContain('daemon.stopping');
    expect(await home.run(...keyed, 'start')).toMatchObject({ status: 0 });
  });

  test.each(['stop', 'kill', 'clean'])(
    '%s leaves a process alone that has the id of a former agent',
    async (command) => {
      const home = background();
      const other = foreigner();
      mkdirSync(home.state, { mode: 0o700 });
      for (const text of [`${other}\n`, `${other}`, `${other}\nanother start\n`]) {
        writeFileSync(pidFileOf(home), text);
        expect(await home.run(command)).toMatchObject({ status: 0, stderr: '' });
        expect(isGone(other)).toBe(false);
      }
    },
  );

  test('stop works whatever became of the configuration file since', async () => {
    const home = background();
    const state = join(home.state, 'inner');
    const file = ini(`[agent]\nstate_dir = ${state}\n[collector]\naddress = tcp://127.0.0.1:1\napi_key = k\n`);
    const run = (command: string) => home.run('--state-dir', state, '-f', file, command);
    expect(await run('start')).toMatchObject({ status: 0 });
    writeFileSync(file, `[agent]\nstate_dir = ${state}\nintervall = 3\n[collectr]\napi_key = k\n`);
    expect(await run('stop')).toEqual(said(0, /^stopped \(pid \d+\)$/));
  });

  test('stop while 20 plugins hang touches none of them, and clean leaves their pipes', async () => {
    const hold = holdFifo();
    const home = background({ HOLD_FIFO: hold.path });
    const names = Array.from({ length: 20 }, (_, index) => `hangs-${index}`);
    const paths = names.map((as) => installPlugin(home.scripts, 'waits-on-fifo', { as }));
    const file = ini(
      '[agent]\nstop_grace = 100ms\noverdue_after = 100ms\nreport_interval = 1s\nhost_metrics = false\n',
    );
    const flags = ['-f', file, ...keyed, '-e', '-s', home.scripts];
    await home.run(...flags, 'start');
    const before = (await untilEach(paths, 1)).sort();
    expect(await home.run(...flags, 'stop')).toMatchObject({ status: 0 });
    expect(paths.flatMap(pidsWith).sort()).toEqual(before);
    expect(home.log().at(-1)).toMatchObject({ event: 'daemon.stopped', runsLeft: 20 });

    const cleaned = await home.run(...flags, 'clean');
    expect(cleaned).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('left 40 pipes: running scripts have them open'),
    });
    expect(readdirSync(join(home.state, 'pipes')).filter((name) => !name.endsWith('.runs'))).toHaveLength(40);
    hold.release(20);
    await untilEach(paths, 0);
    while ((await home.run(...flags, 'clean')).stdout.includes('left')) await moment(); // a process gives up its pipes a little after its command line
    expect(existsSync(join(home.state, 'pipes'))).toBe(false);
  });
});

describe('restart', () => {
  test('gives another agent, and one where none runs', async () => {
    const home = background();
    expect(await home.run(...keyed, 'restart')).toMatchObject({ status: 0 });
    const first = home.pid();
    expect(await home.run(...keyed, 'restart')).toEqual(said(0, /^started \(pid \d+\)/));
    expect(isGone(first)).toBe(true);
    expect(home.processes()).toEqual([home.pid()]);
  });

  test('on a broken configuration leaves the agent running, with status 2', async () => {
    const home = background();
    await home.run(...keyed, 'start');
    const pid = home.pid();
    expect(await home.run(...keyed, '-f', ini('[agent]\nintervall = 3\n'), 'restart')).toEqual(
      said(2, '', /agent\.ini:2: intervall: /),
    );
    expect(home.processes()).toEqual([pid]);
  });
});

describe('clean', () => {
  test('is refused while the agent runs, also by the lock where the pid file says nothing', async () => {
    const home = background();
    await home.run(...keyed, 'start');
    const pid = home.pid();
    expect(await home.run('clean')).toEqual(
      said(1, '', `instrument_server: the agent is running (pid ${pid}); stop it first\n`),
    );
    expect(await home.run('-p', '/no/such/x.pid', 'clean')).toEqual(
      said(1, '', `instrument_server: the agent is running (pid ${pid}); stop it first\n`),
    );
    expect(home.pid()).toBe(pid);
    expect(existsSync(logOf(home))).toBe(true);
  });

  test('removes pid file, log and its .1, and the control socket; never the database, kept outputs, or a file of another kind', async () => {
    const home = background();
    installPlugin(home.scripts, 'two-gauges');
    await home.run(...keyed, '-e', '-s', home.scripts, '-r', '1', 'start');
    while (readdirSync(join(home.state, 'outputs')).length === 0) await moment();
    await home.run('kill');
    writeFileSync(pidFileOf(home), '1\nlong ago\n');
    writeFileSync(`${logOf(home)}.1`, '');
    const socket = join(home.state, 'control.sock');
    expect(existsSync(socket)).toBe(true);
    const cleaned = await home.run('clean');
    expect(cleaned).toMatchObject({ status: 0, stderr: '' });
    for (const path of [pidFileOf(home), logOf(home), `${logOf(home)}.1`, socket])
      expect(cleaned.stdout.split('\n')).toContain(`removed ${path}`);
    const left = readdirSync(home.state);
    expect(left).toEqual(expect.arrayContaining(['instrument_server.db', 'lock', 'outputs']));
    expect(left.filter((name) => /pid|log|pipes/.test(name))).toEqual([]);
    expect(readdirSync(join(home.state, 'outputs'))).not.toEqual([]);
    expect(await home.run('clean')).toEqual(said(0, 'nothing to remove'));
    writeFileSync(socket, 'no socket');
    await home.run('clean');
    expect(existsSync(socket)).toBe(true);
  });
});

test('SIGHUP does not end an agent: it writes into the log that bears the name now', async () => {
  const home = background();
  await home.run(...keyed, 'start');
  const pid = home.pid();
  renameSync(logOf(home), `${logOf(home)}.old`);
  process.kill(pid, 'SIGHUP');
  while (!existsSync(logOf(home))) await moment();
  expect(await home.run('stop')).toMatchObject({ status: 0 });
  expect(home.log().map(({ event }) => event)).toContain('daemon.stopped');
  expect(home.log(`${logOf(home)}.old`).map(({ event }) => event)).toContain('daemon.started');
});
