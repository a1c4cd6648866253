import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { thisArchitecture } from '../../packaging/contents.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { findProgram, until } from '../integration/servers/server.ts';
import { buildPackages, packageFolder } from './build.ts';
import { boundsOfQuick } from './documented-size.ts';
import { machineTrouble, startMachine } from './machine.ts';
import { brokenLinks } from './packed-links.ts';

const isLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
const architecture = thisArchitecture();
const machine = await machineTrouble('none');
const reason = !isLinux ? 'not on Linux' : isRoot && findProgram('setpriv') === null ? 'no setpriv here' : null;

describe.skipIf(reason !== null)(`the archive for any Linux${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let archive = '';
  let again = '';
  beforeAll(() => {
    const { out, remove } = packageFolder();
    archive = buildPackages(out, ['tar', architecture])[0] ?? '';
    again = buildPackages(join(out, 'again'), ['tar', architecture])[0] ?? '';
    return remove;
  });

  test('is the same to the byte when the same source is built again', () => {
    const [first, second] = [archive, again].map((path) =>
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    );
    expect(second).toBe(first);
  });

  test('has what its pages link to', () => {
    const docs = join(unpacked().folder, 'files/share/doc/instrument_server');
    expect(existsSync(join(docs, 'README.md'))).toBe(true);
    expect(brokenLinks(docs)).toEqual([]);
  });
  test.skipIf(architecture !== 'amd64')(
    'has about the size that docs/deployment.md says (skipped where it is not for amd64, as on that page)',
    () => {
      const { size } = statSync(archive);
      const [least, most] = boundsOfQuick('tar');
      expect(size).toBeGreaterThan(least);
      expect(size).toBeLessThan(most);
    },
  );

  test('is installed by an ordinary user without Node, runs what is dropped, and goes without a trace', async () => {
    const { home, folder, run } = unpacked();
    const installed = run(`${folder}/install.sh`);
    expect(installed).toMatchObject({ status: 0, stderr: '' });
    const command = join(home, '.local/bin/instrument_server');
    const version = /(\d\S+) in \S+$/m.exec(installed.stdout)?.[1] ?? 'none';
    expect(run(command, '--version').stdout).toContain(version);
    expect(/instrument-server-(.*)-linux/.exec(folder)?.[1]).toBe(version);

    for (const path of [
      'bash-completion/completions/instrument_server',
      'fish/vendor_completions.d/instrument_server.fish',
      'zsh/site-functions/_instrument_server',
    ])
      expect(readFileSync(join(home, '.local/share', path), 'utf8')).toContain('status --names');
    const manual = gunzipSync(readFileSync(join(home, '.local/share/man/man1/instrument_server.1.gz'))).toString();
    expect(manual).toContain(`.TH INSTRUMENT_SERVER 1 "" "instrument\\-server ${version.replaceAll('-', '\\-')}"`);

    const scripts = join(home, '.instrumental_scripts');
    mkdirSync(scripts, { mode: 0o700 });
    const agent = run.inBackground(command, '-e', '-r', '1', '-H', 'web1', '--dashboard', '127.0.0.1:0');
    writePlugin(scripts, 'dropped.sh', '#!/bin/sh\necho "answer 42"\n');
    run.own(scripts);
    await until(agent.printed, (text) => /^web1\.dropped\.answer 42 \d+$/m.test(text));
    if (isRoot)
      // the agent forbids its own user to look
      expect(readlinkSync(`/proc/${agent.pid}/exe`)).toBe(join(home, '.local/lib/instrument_server/bin/node'));
    expect(run(`${folder}/install.sh`, '--uninstall')).toMatchObject({
      status: 1,
      stderr: `install.sh: the agent runs; stop it first: ${command} stop\n`,
    });
    expect(run(command, 'stop').stdout).toMatch(/^stopped/);
    expect(await agent.exit).toBe(0);

    expect(run(`${folder}/install.sh`, '--uninstall', '--purge')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(home, { recursive: true }).sort()).toEqual([
      '.instrumental_scripts',
      '.instrumental_scripts/dropped.sh',
    ]);
  });

  test('is not uninstalled while its agent hangs, nor if it is not known whether one runs', async () => {
    const { home, folder, run } = unpacked();
    expect(run(`${folder}/install.sh`)).toMatchObject({ status: 0 });
    const command = join(home, '.local/bin/instrument_server');
    const agent = run.inBackground(command, '-H', 'web1');
    const state = join(home, '.local/state/instrument_server');
    const database = join(state, 'instrument_server.db');
    await until(
      async () => existsSync(join(state, 'control.sock')),
      (answers) => answers,
    );
    const refused = () => {
      const { status, stderr } = run(`${folder}/install.sh`, '--uninstall', '--purge');
      expect({ status, hasDatabase: existsSync(database) }).toEqual({ status: 1, hasDatabase: true });
      return stderr;
    };
    process.kill(agent.pid ?? 0, 'SIGSTOP');
    expect(refused()).toMatch(/^install\.sh: an agent runs, but does not answer as it should; end it first, /);
    process.kill(agent.pid ?? 0, 'SIGCONT');
    expect(refused()).toBe(`install.sh: the agent runs; stop it first: ${command} stop\n`);
    expect(run(command, 'stop').stdout).toMatch(/^stopped/);
    await agent.exit;

    const broken = join(home, '.local/lib/instrument_server/agent/dist/main.js');
    const program = readFileSync(broken);
    writeFileSync(broken, `#!${home}/.local/lib/instrument_server/bin/node\nthrow new Error('broken');\n`);
    expect(refused()).toBe(
      `install.sh: ${command} can't be run, so it is not known whether its agent runs; ` +
        `install it again, and then uninstall it: ${folder}/install.sh --prefix ${home}/.local\n`,
    );
    writeFileSync(broken, program);
    expect(run(`${folder}/install.sh`, '--uninstall', '--purge')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(home)).toEqual([]);
  });

  test('removes the state in XDG_STATE_HOME, where the agent has it', async () => {
    const { home, folder, run } = unpacked();
    expect(run(`${folder}/install.sh`)).toMatchObject({ status: 0 });
    const [at, command] = [join(home, 'states'), join(home, '.local/bin/instrument_server')];
    const inStates = (...words: readonly string[]) => run('env', `XDG_STATE_HOME=${at}`, ...words);
    expect(inStates(command, 'start').stdout).toMatch(/^started /);
    expect(inStates(command, 'stop').stdout).toMatch(/^stopped /);
    expect(readdirSync(join(at, 'instrument_server'))).toContain('instrument_server.db');
    expect(inStates(`${folder}/install.sh`, '--uninstall', '--purge')).toEqual({
      status: 0,
      stdout: `removed from ${home}/.local, and the state in ${at}/instrument_server\n`,
      stderr: '',
    });
    expect(readdirSync(home)).toEqual([]);
  });

  test.each(['a b', 'a&b', 'a|b', 'a\\b'])('is refused for the folder %s, and nothing is installed', (name) => {
    const { home, folder, run } = unpacked();
    const { status, stderr } = run(`${folder}/install.sh`, '--prefix', join(home, name));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^install\.sh: \S.* in it; choose another folder with --prefix DIR\n$/);
    expect(stderr).toContain(join(home, name));
    expect(readdirSync(home)).toEqual([]);
  });

  test('with a file that has changed since it was packed is refused, and nothing is installed', () => {
    const { home, folder, run } = unpacked();
    appendFileSync(join(folder, 'files/share/doc/instrument_server/README.md'), 'another line\n');
    expect(run(`${folder}/install.sh`)).toEqual({
      status: 1,
      stdout: '',
      stderr: `install.sh: a file in ${folder} is not as it was packed; unpack the archive again, or download it again\n`,
    });
    expect(readdirSync(home)).toEqual([]);
  });

  test('whose Node does not run here says which machine it is for, and nothing is installed', () => {
    const { home, folder, run } = unpacked();
    writeFileSync(join(folder, 'files/lib/instrument_server/bin/node'), '#!/bin/sh\nexit 1\n');
    execFileSync('sh', ['-c', 'find ./files -type f -exec sha256sum {} + > SHA256SUMS'], { cwd: folder });
    const { status, stderr } = run(`${folder}/install.sh`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^install\.sh: this is the package for linux-(x64|arm64), and it does not run here /);
    expect(readdirSync(home)).toEqual([]);
  });

  test.skipIf(machine !== null)(
    `uninstalled by root with --purge leaves a state that others use${machine === null ? '' : ` (skipped: ${machine})`}`,
    async () => {
      const { root, run } = await startMachine('none');
      execFileSync('tar', ['-xzf', archive, '-C', join(root, 'tmp'), '--no-same-owner', '--strip-components=1']);
      const purge = '/tmp/install.sh >/dev/null && /tmp/install.sh --uninstall --purge';
      const keptBecause = async (reason: string) => {
        expect(await run(purge)).toBe(
          `removed from /opt/instrument_server; the state in /var/lib/instrument_server is kept, because ${reason}`,
        );
        expect(await run('ls /var/lib/instrument_server; ls -d /opt/instrument_server || true')).toMatch(/^kept\nls: /);
      };
      await run('mkdir -p /var/lib/instrument_server && touch /var/lib/instrument_server/kept');
      await run(
        'mkdir -p /usr/lib/instrument_server/agent/dist && touch /usr/lib/instrument_server/agent/dist/main.js',
      );
      await keptBecause('the package in /usr/lib/instrument_server uses it');
      await run('rm -r /usr/lib/instrument_server && touch /etc/systemd/system/instrument_server.service');
      await keptBecause('the service of /etc/systemd/system/instrument_server.service uses it');
      await run('rm /etc/systemd/system/instrument_server.service && chown 65534 /var/lib/instrument_server');
      await keptBecause('it belongs to another user');
      await run('chown 0 /var/lib/instrument_server');
      expect(await run(purge)).toBe('removed from /opt/instrument_server, and the state in /var/lib/instrument_server');
      expect((await run('ls /var/lib')).split('\n')).not.toContain('instrument_server');
    },
  );

  /** The unpacked archive, and an empty home of a user who is not root, with what runs in it. */
  function unpacked() {
    const dir = tempDir();
    const home = join(dir, 'home');
    mkdirSync(home);
    execFileSync('tar', ['-xzf', archive, '-C', dir, '--no-same-owner']);
    const own = (path: string) => isRoot && execFileSync('chown', ['-R', '65534:65534', path]);
    own(dir);
    const become = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
    const words = (command: readonly string[]) => ['-i', `HOME=${home}`, 'PATH=/usr/bin:/bin', ...become, ...command];
    const run = (...command: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync('env', words(command), { cwd: home, encoding: 'utf8' });
      return { status, stdout, stderr };
    };
    const inBackground = (...command: readonly string[]) => {
      const child = spawn('env', words(command), { cwd: home, stdio: ['ignore', 'pipe', 'ignore'] });
      const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
      onTestFinished(async () => {
        child.kill('SIGKILL');
        await exit;
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      return { pid: child.pid, exit, printed: async () => text };
    };
    const name = readdirSync(dir).find((entry) => entry.startsWith('instrument-server-')) ?? '';
    return { home, folder: join(dir, name), run: Object.assign(run, { inBackground, own }) };
  }
});
