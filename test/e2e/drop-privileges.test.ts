import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { background } from '../helpers/background.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { moment } from '../helpers/turns.ts';

const isRoot = process.getuid?.() === 0;
const nobody = { uid: Number(id('-u')), gid: Number(id('-g')) };
const key = ['-k', 'any', '-c', 'tcp://127.0.0.1:1'];

function id(flag: string): string {
  return execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim();
}

/** What the kernel says of a process: every user and group id it has. */
function idsOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const numbers = (name: string) =>
    [...new Set((new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1] ?? '').trim().split(/\s+/))].map(Number);
  return { uid: numbers('Uid'), gid: numbers('Gid'), groups: numbers('Groups') };
}

/** A folder that everybody may enter, as those of a system are. */
function openFolder(): string {
  const dir = tempDir();
  chmodSync(dir, 0o755);
  return dir;
}

function ownerAndMode(path: string) {
  const { uid, gid, mode } = statSync(path);
  return { uid, gid, mode: mode & 0o7777 };
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true }).map((name) => join(dir, String(name)));
}

describe.skipIf(!isRoot)('as root (only root can become another user), with -u nobody', () => {
  test('the folders above the scripts are judged as that user: its own are safe for it, and not for root', async () => {
    const dir = openFolder();
    const scripts = join(dir, 'scripts');
    mkdirSync(scripts, { mode: 0o700 });
    for (const path of [scripts, dir]) chownSync(path, nobody.uid, nobody.gid);
    const flags = ['-e', '-s', scripts, '--state-dir', join(dir, 'state'), '-f', join(dir, 'none.ini')];
    expect((await runToEnd(['-u', 'nobody', 'check', ...flags])).stdout).not.toContain('is not safe');
    chownSync(scripts, 0, 0);
    expect((await runToEnd(['check', ...flags])).stdout).toMatch(
      /the way to .* is not safe: the folder .* belongs to nobody \(uid/,
    );
  });

  test('all ids are those of nobody before the store, the log, a pipe or a script is opened, and a plugin sees the same', async () => {
    const dir = openFolder();
    const scripts = join(dir, 'scripts');
    mkdirSync(scripts, { mode: 0o700 });
    const body = '#!/bin/sh\necho "$(id -u) $(id -g) $(id -G) $HOME $USER $LOGNAME" >&2\n';
    chownSync(writePlugin(scripts, 'who', body), nobody.uid, nobody.gid);
    chownSync(scripts, nobody.uid, nobody.gid);
    const home = background(
      { HOME: '/root', USER: 'root', LOGNAME: 'root' },
      { scripts, state: join(dir, 'var', 'state') },
    );
    const [log, pidFile] = [join(dir, 'log', 'deep', 'x.log'), join(dir, 'run', 'x.pid')];
    const flags = [...key, '-u', 'nobody', '-e', '-s', scripts, '-l', log, '-p', pidFile, '-r', '1'];
    expect(await home.run(...flags, 'start')).toMatchObject({ status: 0, stderr: '' });
    const pid = home.pid(pidFile);
    expect(idsOf(pid)).toEqual({ uid: [nobody.uid], gid: [nobody.gid], groups: [nobody.gid] });

    const stderr = () => home.log(log).find(({ event }) => event === 'run.stderr');
    while (stderr() === undefined) await moment();
    const account = execFileSync('getent', ['passwd', 'nobody'], { encoding: 'utf8' }).split(':');
    expect(stderr()).toMatchObject({ text: `${nobody.uid} ${nobody.gid} ${nobody.gid} ${account[5]} nobody nobody` });

    const made = [home.state, join(dir, 'log', 'deep'), join(dir, 'run')].flatMap((folder) => [
      folder,
      ...filesBelow(folder),
    ]);
    expect(made.length).toBeGreaterThan(8); // a file that root had opened first would be root's
    expect(made.filter((path) => statSync(path).uid !== nobody.uid || statSync(path).gid !== nobody.gid)).toEqual([]);
    expect(ownerAndMode(home.state)).toEqual({ ...nobody, mode: 0o700 });
    for (const folder of [join(dir, 'log', 'deep'), join(dir, 'run')])
      expect(ownerAndMode(folder)).toEqual({ ...nobody, mode: 0o755 });
    for (const above of [join(dir, 'var'), join(dir, 'log')])
      expect(ownerAndMode(above)).toEqual({ uid: 0, gid: 0, mode: 0o755 });
    const unreadable = home.log(log).filter(({ event }) => event === 'host.unreadable');
    expect(unreadable.filter(({ source }) => !String(source).startsWith('statfs '))).toEqual([]); // a mount in a private folder can be closed to the user, on any machine

    expect(await home.run(...flags, 'start')).toMatchObject({
      status: 1,
      stderr: `instrument_server: already running (pid ${pid})\n`,
    });
    expect(await home.run(...flags, 'stop')).toMatchObject({ status: 0, stdout: `stopped (pid ${pid})` });
    expect(await home.run(...flags, 'clean')).toMatchObject({ status: 0, stderr: '' });
    expect(filesBelow(join(dir, 'run'))).toEqual([]);
  });

  test('the foreground does the same, and a number names the user as well', async () => {
    const state = join(openFolder(), 'state');
    const agent = startProgram([...key, '-u', String(nobody.uid), '--state-dir', state, '-r', '1'], {
      env: { HOME: '/root' },
    });
    await agent.event('daemon.started');
    expect(idsOf(agent.pid)).toEqual({ uid: [nobody.uid], gid: [nobody.gid], groups: [nobody.gid] });
    // One that is written under another name first may be gone
    const uidOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.uid ?? nobody.uid;
    expect([state, ...filesBelow(state)].filter((path) => uidOf(path) !== nobody.uid)).toEqual([]);
    agent.process.kill('SIGTERM');
    expect(await agent.exit).toBe(0);
  });

  test('a configuration that only root can read is read', async () => {
    const dir = openFolder();
    writeFileSync(
      join(dir, 'x.ini'),
      '[agent]\nhostname = of-root\n[collector]\napi_key = k\naddress = tcp://127.0.0.1:1\n',
      {
        mode: 0o600,
      },
    );
    const agent = startProgram(['-f', join(dir, 'x.ini'), '-u', 'nobody', '--state-dir', join(dir, 'state')], {
      env: { HOME: '/root' },
    });
    expect(await agent.event('daemon.started')).toMatchObject({ hostname: 'of-root' });
  });

  test('a folder that is there already and that nobody can not use is left as it is, told, and keeps the agent from starting', async () => {
    const dir = openFolder();
    mkdirSync(join(dir, 'state'), { mode: 0o700 });
    mkdirSync(join(dir, 'run'), { mode: 0o755 });
    const run = (...words: readonly string[]) =>
      runToEnd([...key, '-u', 'nobody', ...words, 'start'], { HOME: '/root' });
    const ofRoot = await run('--state-dir', join(dir, 'state'));
    expect(ofRoot.stderr).toContain(
      `state belongs to root (uid 0), but the agent runs as nobody (uid ${nobody.uid}); if no agent runs as root, sudo chown -R ${nobody.uid} '`,
    );
    const noPid = await run('--state-dir', join(dir, 'own'), '-p', join(dir, 'run', 'x.pid'));
    expect(noPid.stderr).toMatch(/the pid file .*permission denied in .*run; name a file elsewhere with -p FILE/);
    const noLog = await run('--state-dir', join(dir, 'own'), '-l', join(dir, 'run', 'x.log'));
    expect(noLog.stderr).toMatch(/the log file .*permission denied; name another file with -l FILE/);
    expect([ofRoot.status, noPid.status, noLog.status]).toEqual([2, 2, 2]);
    expect([ownerAndMode(join(dir, 'state')), ownerAndMode(join(dir, 'run'))]).toMatchObject([{ uid: 0 }, { uid: 0 }]);
    expect(filesBelow(join(dir, 'state'))).toEqual([]);
  });

  test('scripts that belong to root run at a tick after what is told was typed, and a link has a copy in its place', async () => {
    const dir = openFolder();
    const [scripts, state, shared] = [join(dir, 'scripts'), join(dir, 'state'), join(dir, 'shared')];
    mkdirSync(scripts, { mode: 0o700 });
    mkdirSync(shared);
    const body = '#!/bin/sh\necho "a 1"\n';
    writePlugin(scripts, 'roots', body, 0o755);
    const target = writePlugin(shared, 'linked', body, 0o755);
    symlinkSync(target, join(scripts, 'linked'));
    symlinkSync(writePlugin(shared, 'closed', body, 0o700), join(scripts, 'closed'));
    chownSync(scripts, nobody.uid, nobody.gid);
    const agent = startProgram([...key, '-u', 'nobody', '-e', '-s', scripts, '--state-dir', state, '-r', '1'], {
      env: { HOME: '/root' },
    });
    await agent.event('daemon.started');
    const statusOf = async (name: string) => {
      const { stdout } = await runToEnd(['--state-dir', state, 'status', name, '--json'], { HOME: '/root' });
      return JSON.parse(stdout).plugins[0];
    };
    const reasonOf = async (name: string) => (await statusOf(name)).reasons[0];
    const owned = await reasonOf('roots');
    expect(owned).toMatchObject({
      sentence: `roots belongs to root (uid 0), but the agent runs as nobody (uid ${nobody.uid})`,
      commands: [`sudo chown ${nobody.uid} '${join(scripts, 'roots')}'`, `chmod 0700 '${join(scripts, 'roots')}'`],
    });
    const linked = await reasonOf('linked');
    expect(linked.commands).toEqual([`install -m 0700 '${target}' '${join(scripts, 'linked')}'`]);
    expect(await reasonOf('closed')).toMatchObject({
      sentence: expect.stringContaining("the agent's user may not read it"),
      commands: [],
    });
    const sudo = 'sudo() { "$@"; }; '; // root, who runs this test, needs none and may have none
    execFileSync('/bin/sh', ['-c', sudo + owned.commands[0]]);
    for (const command of [owned.commands[1], linked.commands[0]])
      execFileSync('/bin/sh', ['-c', command], { uid: nobody.uid, gid: nobody.gid, cwd: '/' });
    for (const name of ['roots', 'linked']) await agent.event('plugin.added', ({ plugin }) => plugin === name);
    expect(ownerAndMode(target)).toEqual({ uid: 0, gid: 0, mode: 0o755 });
    expect(ownerAndMode(join(scripts, 'linked'))).toEqual({ ...nobody, mode: 0o700 });
    for (const name of ['roots', 'linked']) while ((await statusOf(name)).state !== 'ok') await moment();
  });

  test('a user that does not exist is refused, and root itself is no change', async () => {
    const home = background();
    expect(await home.run('-u', 'no-such-user', 'start')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is no user "no-such-user"'),
    });
    expect(await home.run(...key, '-u', 'root', 'start')).toMatchObject({ status: 0 });
    expect(idsOf(home.pid()).uid).toEqual([0]);
  });
});

describe.skipIf(isRoot)('as a user who is not root', () => {
  test.each(['foreground', 'start', 'restart', 'stop', 'kill', 'clean'])(
    '%s -u of somebody else is refused in words',
    async (command) => {
      const { status, stderr } = await background().run('-u', 'root', command);
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr:
          'instrument_server: -u: only root can become another user; type the same command with sudo, or leave -u out\n',
      });
    },
  );

  test('-u of oneself is no change', async () => {
    const home = background();
    expect(await home.run(...key, '-u', String(process.getuid?.()), 'start')).toMatchObject({ status: 0 });
  });
});
