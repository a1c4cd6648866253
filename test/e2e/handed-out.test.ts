import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { askAgent } from '../../src/control/client.ts';
import { askSocket } from '../../src/io/net/socket-client.ts';
import { visible } from '../../src/words/visible.ts';
import { startProgram } from '../helpers/agent.ts';
import { background } from '../helpers/background.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { moment } from '../helpers/turns.ts';

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Whether other users may read the program. */
const mayNobody = isRoot && spawnSync(process.execPath, [main, '-v'], { uid: nobody, gid: nobody }).status === 0;

/** A folder whose name holds spaces and a quote, with the home of an agent in it. */
let dir = '';
beforeEach(() => {
  dir = join(tempDir(), "it's a folder");
  mkdirSync(join(dir, 'scripts'), { recursive: true, mode: 0o700 });
});

const relative = ['--state-dir', 'state', '-s', 'scripts', '-e', '-r', '1', '-H', 'web1'];

/** Starts an agent in this folder, as `node dist/main.js` with relative paths. */
async function agentWith(flags: readonly string[], env: Record<string, string> = {}) {
  const agent = startProgram([...relative, ...flags], { cwd: dir, env: { HOME: dir, ...env } });
  while (!(await askAgent(askSocket, join(dir, 'state')).status()).ok) await moment();
  return agent;
}

/** Runs a command as it was handed out, in a shell in another folder and with another home. */
function paste(command: string, ids: { uid?: number; gid?: number } = {}): Promise<{ status: number; out: string }> {
  const options = { cwd: '/', env: { PATH: process.env['PATH'], HOME: '/' }, ...ids };
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', command], options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), out: stdout + stderr });
    });
  });
}

/** The command of advice on a plugin that has these words; asked for until there is one. */
async function commandOn(name: string, words: string): Promise<string> {
  for (;;) {
    const answer = await askAgent(askSocket, join(dir, 'state')).plugin(name);
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    const { plugins, advice } = answer.value;
    const all = [...plugins.flatMap(({ reasons }) => reasons), ...(advice === null ? [] : [advice])];
    const command = all.flatMap(({ commands }) => commands).find((one) => one.includes(words));
    if (command !== undefined) return command;
    await moment();
  }
}

describe('what an agent hands out works where it is pasted', () => {
  test('status of a script, whatever its name', async () => {
    const names = ['-n.sh', 'two words.sh', "it's.sh", '--json', 'tab\there'];
    for (const name of names) writePlugin(join(dir, 'scripts'), name, '#!/bin/sh\necho said so >&2\n');
    await agentWith([]);
    for (const name of names) {
      const { status, out } = await paste(await commandOn(name, ' status '));
      expect([name, status]).toEqual([name, 0]);
      expect(
        out
          .split('\n')[1]
          ?.trim()
          .replace(/^path +/, ''),
      ).toBe(visible(join(dir, 'scripts', name)));
    }
  });

  test('status of the script that was probably meant', async () => {
    writePlugin(join(dir, 'scripts'), '-queue.sh', '#!/bin/sh\necho "x 1"\n');
    writePlugin(join(dir, 'scripts'), '-queue.sh~', '#!/bin/sh\n');
    await agentWith([]);
    for (const typed of ['-queue.sh~', '-qeue.sh']) {
      const { status, out } = await paste(await commandOn(typed, ' status '));
      expect([typed, status, out]).toEqual([typed, 0, expect.stringContaining('-queue.sh: ')]);
    }
    const odd = ['--state-dir', join(dir, 'state'), 'status', '-queue.sh'];
    const { status, stderr } = spawnSync(process.execPath, [main, ...odd], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, expect.stringMatching(/\nIf it is a script, type: /)]);
    const told = await paste(stderr.split('type: ')[1] ?? '');
    expect(told).toEqual({ status: 0, out: expect.stringContaining('-queue.sh: ') });
  });

  test('check --connect, which asks the sinks of the file that the agent has read', async () => {
    writePlugin(join(dir, 'scripts'), 'a', '#!/bin/sh\necho "x 1"\n');
    writeFileSync(join(dir, 'my own.ini'), '[sink:graphite]\naddress = 127.0.0.1:1\n', { mode: 0o600 });
    await agentWith(['-f', 'my own.ini']);
    const command = await commandOn('a', ' check --connect');
    const { status, out } = await paste(command);
    expect([status, out]).toEqual([1, expect.stringMatching(/graphite.*127\.0\.0\.1:1/)]);
    expect(out).toContain('good: 1 problem');
  });

  test('no check, where the key was in a flag, and the reason says what happens without', async () => {
    writePlugin(join(dir, 'scripts'), 'a', '#!/bin/sh\necho "x 1"\n');
    await agentWith(['-k', 'any', '-c', 'tcp://127.0.0.1:1']);
    for (;;) {
      const answer = await askAgent(askSocket, join(dir, 'state')).plugin('a');
      const away = answer.ok ? answer.value.plugins[0]?.reasons.find(({ kind }) => kind === 'collector-away') : null;
      if (away) {
        expect(away.commands).toEqual([]);
        expect(away.sentence).toMatch(/; the agent tries again by itself$/);
        return;
      }
      await moment();
    }
  });

  test('link, which a request without the token is told', async () => {
    const agent = await agentWith(['--dashboard', '127.0.0.1:0']);
    const link = String((await agent.event('dashboard.started'))['url']);
    const base = link.slice(0, link.indexOf('?'));
    const refused = await fetch(base, { headers: { accept: '*/*' } });
    const command = (await refused.text()).split("as the agent's user: ")[1] ?? '';
    expect(await paste(command)).toEqual({ status: 0, out: `${link}\n` });
    const page = await (await fetch(base, { headers: { accept: 'text/html' } })).text();
    const [, code = ''] = /<code>(.*)<\/code>/.exec(page) ?? [];
    const unescaped = code.replace(/&#(\d+);/g, (_, point) => String.fromCodePoint(Number(point)));
    expect(`${unescaped}\n`).toBe(command);
  });
});

describe.skipIf(!mayNobody)('as root, which alone can become another user, with -u nobody', () => {
  test('the commands work for nobody and for root', async () => {
    chmodSync(join(dir, '..'), 0o755);
    chmodSync(dir, 0o755);
    const path = writePlugin(join(dir, 'scripts'), 'a', '#!/bin/sh\necho why >&2\n');
    for (const each of [path, join(dir, 'scripts')]) chownSync(each, nobody, nobody);
    writeFileSync(join(dir, 'x.ini'), '[sink:graphite]\naddress = 127.0.0.1:1\n', { mode: 0o644 });
    await agentWith(['-f', 'x.ini', '-u', 'nobody']);
    const status = await commandOn('a', ' status ');
    const check = await commandOn('a', ' check --connect');
    for (const ids of [{}, { uid: nobody, gid: nobody }]) {
      expect(await paste(status, ids)).toEqual({ status: 0, out: expect.stringContaining(path) });
      const checked = await paste(check, ids);
      expect([checked.status, checked.out]).toEqual([1, expect.stringMatching(/graphite.*127\.0\.0\.1:1/)]);
      expect(checked.out).not.toMatch(/belongs to|chown/);
    }
  });

  test('run of a script of another user names the state directory too', async () => {
    const path = writePlugin(join(dir, 'scripts'), "it's", '#!/bin/sh\necho "x 1"\n');
    for (const each of [join(dir, '..'), dir, join(dir, 'scripts')]) chmodSync(each, 0o755);
    chownSync(path, nobody, nobody);
    const words = [...relative.slice(0, 4), 'run', path];
    const { status, stderr } = spawnSync(process.execPath, [main, ...words], { cwd: dir, encoding: 'utf8' });
    expect([status, stderr]).toEqual([127, expect.stringMatching(/; run it as that user; /)]);
    const told = await paste(stderr.split('as that user; ')[1] ?? '');
    expect([told.status, told.out]).toEqual([0, expect.stringMatching(/ x 1 .*exit 0 after/s)]);
  });
});

/** A server that has a port. */
async function busyPort(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const bound = server.address();
  return { port: typeof bound === 'object' && bound !== null ? bound.port : 0, server };
}

describe('the link of the page, whole', () => {
  test('is in the answer of start, in status, and all that link prints; no document and no other file has the token', async () => {
    const home = background();
    const started = await home.run('-e', '-s', home.scripts, '--dashboard', '127.0.0.1:0', 'start');
    const [, link = ''] = /; page: (http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)$/.exec(started.stdout) ?? [];
    expect(link).not.toBe('');
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(303);
    expect(await home.run('link')).toEqual({ status: 0, stdout: link, stderr: '' });
    expect((await home.run('status')).stdout).toMatch(`\n\npage: ${link}`);

    const token = link.split('token=')[1] ?? '';
    for (const words of [
      ['status', '--json'],
      ['status', 'x'],
      ['check', '--json'],
    ])
      expect((await home.run(...words)).stdout).not.toContain(token);
    const bearer = { authorization: `Bearer ${token}` };
    for (const path of ['status.json', 'plugin.json?name=x', 'link.json', 'metrics.json'])
      expect(await (await fetch(link.replace(/\?.*/, path), { headers: bearer })).text()).not.toContain(token);
    const lines = readFileSync(join(home.state, 'instrument_server.log'), 'utf8').split('\n');
    expect(lines.filter((line) => line.includes(token)).map((line) => JSON.parse(line).event)).toEqual([
      'dashboard.started',
    ]);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(token);
    await home.run('stop');
    expect(await home.run('link')).toMatchObject({ status: 3, stdout: '' });
  });

  test('is not there where the page is not served, and link says what to do', async () => {
    const home = background();
    expect((await home.run('-k', 'any', '-c', 'tcp://127.0.0.1:1', 'start')).stdout).not.toContain('page');
    expect(await home.run('link')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'instrument_server: the page is not served: start the agent with --dashboard, or set enabled = true under [dashboard]\n',
    });
    expect((await home.run('status')).stdout).not.toContain('page');
  });

  test('nor where its port is busy, which start and status say', async () => {
    const home = background();
    const { port } = await busyPort();
    const detail = `127.0.0.1:${port} is in use by another program`;
    const started = await home.run('--dashboard', `127.0.0.1:${port}`, 'start');
    expect(started.stdout).toContain(`; page: not served now: ${detail}`);
    expect((await home.run('status')).stdout).toContain(`page: not served now: ${detail}`);
    expect((await home.run('link')).stderr).toContain(`the page is not served: ${detail}`);
  });
});
