import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { askAgent } from '../../src/control/client.ts';
import { askSocket } from '../../src/io/net/socket-client.ts';
import { startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import type { Agent } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';
import { moment, turn } from '../helpers/turns.ts';

function start(home: Home, words: readonly string[], env: Record<string, string> = {}): Agent {
  return startProgram(['-H', 'h', '-s', home.scripts, '--state-dir', home.state, ...words], {
    env: { HOME: home.state, ...env },
  });
}

async function startAgent(home: Home): Promise<Agent> {
  const agent = start(home, ['-e', '-r', '24h']);
  while (!(await askAgent(askSocket, home.state).status()).ok) await moment();
  return agent;
}

/**
 * `dev` of a script, and a way to wait for a line; each line is found once, in the order in which
 * they come.
 */
function startDev(home: Home, script: string, env: Record<string, string> = {}) {
  const dev = start(home, ['dev', script], env);
  let seen = 0;
  return {
    dev,
    async line(pattern: RegExp): Promise<string> {
      const find = () => dev.printed.findIndex((line, index) => index >= seen && pattern.test(line));
      await dev.until(() => find() >= 0);
      const at = find();
      seen = at + 1;
      return dev.printed[at] ?? '';
    },
  };
}

const body = (value: number) => `#!/bin/sh\necho "value ${value}"\n`;

function createNew(path: string, text: string, mode: number) {
  const fd = openSync(path, 'wx', 0o644);
  writeSync(fd, text);
  closeSync(fd);
  chmodSync(path, mode);
}

/**
 * What editors and people do to a file, call by call. Each leaves it with this text and mode 0700.
 */
const saves: readonly (readonly [name: string, save: (path: string, text: string) => void | Promise<void>])[] = [
  ['nano writes in place', (path, text) => writeFileSync(path, text)],
  [
    'vim renames the old one to a backup and writes a new one',
    (path, text) => {
      createNew(join(path, '..', '4913'), '', 0o700);
      rmSync(join(path, '..', '4913'));
      renameSync(path, `${path}~`);
      createNew(path, text, 0o700);
      rmSync(`${path}~`);
    },
  ],
  [
    'vim with backupcopy copies the old one to a backup and writes in place',
    (path, text) => {
      copyFileSync(path, `${path}~`);
      writeFileSync(path, text);
      rmSync(`${path}~`);
    },
  ],
  [
    'mv puts another in its place',
    (path, text) => void writePlugin(join(path, '..'), path.slice(path.lastIndexOf('/') + 1), text),
  ],
  [
    'VS Code truncates it and writes then',
    async (path, text) => {
      const fd = openSync(path, 'r+');
      ftruncateSync(fd, 0);
      await turn();
      writeSync(fd, text, 0);
      closeSync(fd);
    },
  ],
  [
    'it is removed and written anew',
    (path, text) => {
      rmSync(path);
      createNew(path, text, 0o700);
    },
  ],
];

describe.each(['by a running agent', 'without one'])('a script is run %s', (how) => {
  const hasAgent = how === 'by a running agent';
  async function home(): Promise<Home> {
    const made = makeHome();
    if (hasAgent) await startAgent(made);
    return made;
  }

  test('at the start, and again at each save, in whichever way it is saved; its values stand beside what changed', async () => {
    const at = await home();
    const path = writePlugin(at.scripts, 'p', body(1));
    const { dev, line } = startDev(at, 'p');
    await line(hasAgent ? /: run by the agent \(pid \d+\), as at a tick$/ : /: run here, in .*: no agent runs on /);
    await line(/^\d\d:\d\d:\d\d p: exit 0 after \d+ ms, 1 sample, 0 bad lines$/);
    await line(/^ {2}h\.p\.value {2}1$/);
    let value = 1;
    for (const [, save] of saves) {
      value += 10;
      await save(path, body(value));
      await line(new RegExp(`^ {2}h\\.p\\.value {2}${value} {2}(\\+10|new)$`)); // new: on a busy machine what was half done may have run
    }
    expect(dev.printed.join('')).not.toMatch(/\p{Cc}|▁|waiting for the next save/u); // plain lines where they are piped
  });

  test('again after a chmod, and once it is back after it was removed, which is told', async () => {
    const at = await home();
    const path = writePlugin(at.scripts, 'p', body(1));
    const { line } = startDev(at, path);
    await line(/^ {2}h\.p\.value {2}1$/);
    chmodSync(path, 0o755);
    await line(/^ {2}at a tick it would not run: p has mode 0755: [^;]*$/);
    await line(/^ {4}chmod 0700 '/);
    await line(/^ {2}h\.p\.value {2}1 {2}=$/);
    chmodSync(path, 0o700);
    await line(hasAgent ? /: run by the agent / : /: run here/);
    await line(/^ {2}h\.p\.value {2}1 {2}=$/);
    rmSync(path);
    await line(/^the script is gone; waiting for it to come back$/);
    writePlugin(at.scripts, 'p', body(5));
    await line(/^ {2}h\.p\.value {2}5 {2}\+4$/);
  });

  test('each run being told of the one before it: when that ended, its status, its output', async () => {
    const at = await home();
    const path = writePlugin(
      at.scripts,
      'p',
      `#!/bin/sh\necho "args $#"\necho "status \${2:-0}"\necho "bytes $(wc -c)"\nexit 3\n`,
    );
    const { line } = startDev(at, path);
    await line(/failed after \d+ ms: it exited with status 3/);
    await line(/^ {2}h\.p\.args +1$/);
    writePlugin(at.scripts, 'p', `${readFileSync(path, 'utf8')}# saved\n`);
    await line(/^ {2}h\.p\.args +2 {2}\+1$/);
    await line(/^ {2}h\.p\.status +3 {2}\+3$/);
    await line(/^ {2}h\.p\.bytes +24 {2}\+24$/); // what the first run printed, though it failed

    const counts = installPlugin(at.scripts, 'counts');
    const session = startDev(at, counts);
    await session.line(/^ {2}h\.counts\.runs {2}1$/);
    for (const runs of [2, 3]) {
      writePlugin(at.scripts, 'counts', `${readFileSync(counts, 'utf8')}# saved\n`);
      await session.line(new RegExp(`^ {2}h\\.counts\\.runs {2}${runs} {2}\\+1$`));
    }
  });

  test('and a save during a run waits for it, which is told: the run is neither ended nor doubled', async () => {
    const [at, hold] = [await home(), holdFifo()];
    const noted = join(tempDir(), 'noted');
    const waiting = (value: number) =>
      `#!/bin/sh\necho begun >> '${noted}'\nread -r _ < '${hold.path}'\necho "value ${value}"\necho ended >> '${noted}'\n`;
    const begun = () => (existsSync(noted) ? readFileSync(noted, 'utf8') : '');
    writePlugin(at.scripts, 'p', waiting(1));
    const { line } = startDev(at, 'p');
    while (begun() !== 'begun\n') await moment();
    writePlugin(at.scripts, 'p', waiting(2));
    await line(/^saved during a run; it runs again when that run has ended$/);
    expect(begun()).toBe('begun\n');
    hold.release();
    await line(/^ {2}h\.p\.value {2}1$/);
    while (begun() !== 'begun\nended\nbegun\n') await moment();
    hold.release();
    await line(/^ {2}h\.p\.value {2}2 {2}\+1$/);
    expect(begun()).toBe('begun\nended\nbegun\nended\n');
  });

  test('and bad lines, stderr and a missing interpreter are told, and dev goes on', async () => {
    const at = await home();
    writePlugin(at.scripts, 'p', '#!/bin/sh\necho "value 1,5"\necho "careful" >&2\n');
    const { line } = startDev(at, 'p');
    await line(/^ {2}✗ line 1 "value 1,5": decimal-comma: write 1\.5/);
    await line(/^ {2}stderr: careful$/);
    writePlugin(at.scripts, 'p', '#!/no/such\n');
    await line(/failed after \d+ ms: its interpreter \/no\/such does not exist/);
    writePlugin(at.scripts, 'p', body(2));
    await line(/^ {2}h\.p\.value {2}2$/);
  });

  test('until Ctrl-C, which ends dev with 0 and leaves a run alone', async () => {
    const [at, hold] = [await home(), holdFifo()];
    const noted = join(tempDir(), 'noted');
    const path = writePlugin(
      at.scripts,
      'p',
      `#!/bin/sh\n: > '${noted}'\nread -r _ < '${hold.path}'\n: > '${noted}.ended'\n`,
    );
    const { dev, line } = startDev(at, path);
    await line(/: run (here|by the agent)/); // an agent has begun it a moment before dev hears of it
    while (!existsSync(noted)) await moment();
    dev.process.kill('SIGINT');
    expect(await dev.exit).toBe(0);
    expect(dev.stderr()).toMatch(hasAgent ? /continues there/ : /the script \(pid \d+\) keeps running by itself/);
    hold.release();
    while (!existsSync(`${noted}.ended`)) await moment();
  });
});

test('an agent that is started meanwhile runs the script from the next save on, and one that is stopped does not', async () => {
  const home = makeHome();
  const path = writePlugin(home.scripts, 'p', body(1));
  const { line } = startDev(home, path);
  await line(/: run here/);
  await line(/value {2}1$/);
  const agent = await startAgent(home);
  writePlugin(home.scripts, 'p', body(2));
  await line(new RegExp(`: run by the agent \\(pid ${agent.pid}\\)`));
  await line(/value {2}2 {2}\+1$/);
  agent.process.kill('SIGTERM');
  await agent.exit;
  writePlugin(home.scripts, 'p', body(3));
  await line(/: run here/);
  await line(/value {2}3 {2}\+1$/);
});

test('dev whose reader has gone, as head does, ends with 0 and without a word when it has something to tell again', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', body(1));
  const { dev, line } = startDev(home, 'p');
  await line(/value {2}1$/);
  dev.process.stdout?.destroy();
  writePlugin(home.scripts, 'p', body(2));
  expect([await dev.exit, dev.stderr()]).toEqual([0, '']);
});

test('a save of the file that a linked script leads to is seen as well', async () => {
  const home = makeHome();
  const target = writePlugin(tempDir(), 'source.sh', body(1));
  symlinkSync(target, join(home.scripts, 'p'));
  const { line } = startDev(home, 'p');
  await line(/ {2}h\.p\.value {2}1$/);
  writeFileSync(target, body(2));
  await line(/ {2}h\.p\.value {2}2 {2}(\+1|new)$/);
});

test('a script that is not there is refused with what to type', async () => {
  const home = makeHome();
  const dev = start(home, ['dev', 'none']);
  expect([await dev.exit, dev.stderr()]).toEqual([
    2,
    expect.stringMatching(/^instrument_server: there is no script .*none; name a file, or a plugin of /),
  ]);
});
