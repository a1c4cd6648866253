import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { askAgent } from '../../src/control/client.ts';
import { askSocket } from '../../src/io/net/socket-client.ts';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import type { Agent } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A shell with another folder, umask, limits and environment. */
const oddShell = 'cd /; umask 0177; ulimit -n 222; ulimit -c 0; export LC_ALL=C ODD=shell;';
function untilTickS(intervalS: number): number {
  return intervalS - ((Date.now() / 1000) % intervalS);
}

/**
 * An interval without a tick in the next minutes: that of the two whose boundary is further away.
 */
const noTick = untilTickS(82_800) > untilTickS(86_400) ? '23h' : '24h';

/** The flags by which an agent and who asks it find the same home. */
function flagsOf({ scripts, state }: Home): readonly string[] {
  return ['-H', 'h', '-s', scripts, '--state-dir', state];
}

/** An agent with `interval` between its ticks, ready to answer. */
async function startAgent(
  home: Home,
  { interval = noTick, env = {}, flags = [] as readonly string[] } = {},
): Promise<Agent> {
  const agent = startProgram([...flagsOf(home), '-e', '-r', interval, '--debug', ...flags], {
    env: { HOME: home.state, ...env },
  });
  await agent.event('daemon.started');
  while (!(await askAgent(askSocket, home.state).status()).ok) await moment();
  return agent;
}

/** `run` with these words, to its end. */
function run(home: Home, words: readonly string[], env: Record<string, string> = {}) {
  return runToEnd([...flagsOf(home), 'run', ...words], { HOME: home.state, ...env });
}

/**
 * What the program prints on stdout, from a shell after these commands. Rejects where it does not
 * end with 0.
 */
function printedFrom(shell: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = ['-c', `${shell} exec "$0" "$@"`, process.execPath, main, ...words];
    execFile('/bin/sh', args, { maxBuffer: 1e9 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message} ${stderr}`)) : resolve(stdout),
    );
  });
}

async function currentRun(home: Home, file: string) {
  const status = await askAgent(askSocket, home.state).status();
  return status.ok ? (status.value.plugins.find((plugin) => plugin.file === file)?.currentRun ?? null) : null;
}

/** The process of its run in flight, once there is one. */
async function runningPid(home: Home, file: string): Promise<number> {
  for (;;) {
    const pid = (await currentRun(home, file))?.pid;
    if (pid) return pid;
    await moment();
  }
}

describe('what a plugin of a running agent sees', () => {
  /** What the plugin found under `run`, and at each tick until two after that. */
  async function seenBy(home: Home, seen: string, flags: readonly string[]) {
    const agent = await startAgent(home, { interval: '1', env: { SEEN_DIR: seen, FROM: 'the agent' }, flags });
    const ticks = () => agent.log.flatMap(({ event, pid }) => (event === 'run.finished' ? String(pid) : []));
    await agent.until(() => ticks().length > 0); // else there is no last run to pass to it
    const { pid, ranBy } = JSON.parse(
      await printedFrom(oddShell, [...flagsOf(home), 'run', 'notes-what-it-sees', '--json']),
    );
    const before = ticks().length;
    await agent.until(() => ticks().length >= before + 2);
    const noted = (id: string) => readFileSync(join(seen, id), 'latin1');
    return { ranBy, underRun: noted(String(pid)), atTicks: ticks().map(noted) };
  }

  test('under `run` equals byte for byte what it sees at the next tick: environment, limits, user, umask, folder, arguments and stdin', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'notes-what-it-sees');
    const { ranBy, underRun, atTicks } = await seenBy(home, tempDir(), []);
    expect(ranBy).toBe('agent');
    expect(atTicks).toContain(underRun);
    expect(underRun).toMatch(/^FROM=the agent$/m);
    expect(underRun).toMatch(/^<2>\n<\d{10}>\n<0>\npid \d+\n$/m);
    expect(underRun).not.toContain('ODD');
  });

  test.skipIf(!isRoot)(
    `the same holds where root asks an agent that was started with -u nobody${isRoot ? '' : ' (left out: only root can)'}`,
    async () => {
      const [dir, home] = [tempDir(), makeHome()];
      chmodSync(dir, 0o755);
      chmodSync(join(home.state, '..'), 0o755);
      const seen = join(dir, 'seen');
      mkdirSync(seen, { mode: 0o700 });
      for (const path of [home.scripts, seen, installPlugin(home.scripts, 'notes-what-it-sees')])
        chownSync(path, nobody, nobody);
      const { ranBy, underRun, atTicks } = await seenBy(home, seen, ['-u', 'nobody']);
      expect(ranBy).toBe('agent');
      expect(atTicks).toContain(underRun);
      expect(underRun).toMatch(/^uid=65534\(nobody\)/m);
    },
  );
});

test('a run leaves no trace in the agent: the last run, its output, the counters and the samples are as before', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'counts');
  const first = await startAgent(home, { interval: '1' });
  await first.event('run.finished');
  first.process.kill('SIGTERM');
  await first.exit;

  const agent = await startAgent(home);
  const outputs = () =>
    readdirSync(join(home.state, 'outputs')).map((name) => readFileSync(join(home.state, 'outputs', name), 'utf8'));
  const facts = async () => {
    const answer = await askAgent(askSocket, home.state).plugin('counts');
    const status = await askAgent(askSocket, home.state).status();
    const plugins =
      answer.ok &&
      answer.value.plugins.map((plugin) => ({ ...plugin, reasons: plugin.reasons.map(({ kind }) => kind) }));
    return { plugins, totals: status.ok && status.value.totals, outputs: outputs() };
  };
  const before = await facts();
  const kept = /^runs (\d+)\n$/.exec(before.outputs[0] ?? '')?.[1];
  for (let time = 0; time < 2; time += 1) {
    const { status, stdout } = await run(home, ['counts']);
    expect(status).toBe(0);
    expect(stdout).toContain(`→ h.counts.runs ${Number(kept) + 1} `);
    expect(stdout).toMatch(/called with \d{10} 0, and \d+ bytes on stdin/);
  }
  expect(await facts()).toEqual(before);
  expect([agent.printed, agent.log.filter(({ event }) => event.startsWith('run.'))]).toEqual([[], []]);
});

describe('a plugin that is in flight', () => {
  test('is not doubled: `run` says so with its process, waits, and begins when that run has ended', async () => {
    const [home, hold] = [makeHome(), holdFifo()];
    installPlugin(home.scripts, 'waits-on-fifo');
    const agent = await startAgent(home, { interval: '1', env: { HOLD_FIFO: hold.path } });
    const running = await runningPid(home, 'waits-on-fifo');
    const asking = startProgram([...flagsOf(home), 'run', 'waits-on-fifo']);
    await asking.until(() => asking.printed.some((line) => line.includes(`it is in flight already (pid ${running})`)));
    hold.release();
    await agent.event('run.finished');
    const trial = await runningPid(home, 'waits-on-fifo');
    expect(trial).not.toBe(running);
    expect(asking.printed.join()).not.toContain('nothing was sent');
    hold.release();
    expect(await asking.exit).toBe(0);
    expect(asking.printed.join('\n')).toContain('→ h.waits-on-fifo.released 1');
  });

  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'goes on where the one who asked for it is gone by %s',
    async (signal) => {
      const [home, hold] = [makeHome(), holdFifo()];
      installPlugin(home.scripts, 'waits-on-fifo');
      await startAgent(home, { env: { HOLD_FIFO: hold.path } });
      const asking = startProgram([...flagsOf(home), 'run', 'waits-on-fifo']);
      const trial = await runningPid(home, 'waits-on-fifo');
      asking.process.kill(signal);
      expect(await asking.exit).toBe({ SIGKILL: 'SIGKILL', SIGINT: 130, SIGTERM: 143 }[signal]);
      if (signal !== 'SIGKILL') expect(asking.stderr()).toContain('a run that the agent has begun continues there');
      expect((await currentRun(home, 'waits-on-fifo'))?.pid).toBe(trial);
      hold.release();
      while ((await currentRun(home, 'waits-on-fifo')) !== null) await moment();
    },
  );
});

describe.each(['by the agent', 'here'])('a script that is run %s', (where) => {
  const isHere = where === 'here';
  async function home(): Promise<Home> {
    const made = makeHome();
    if (!isHere) await startAgent(made);
    return made;
  }

  test("gives its own exit status; 128 + n after signal n; 127 if it can't start or is not there", async () => {
    const at = await home();
    for (const name of ['two-gauges', 'exits-3', 'killed-by-sigkill', 'missing-interpreter'])
      installPlugin(at.scripts, name);
    const good = await run(at, ['two-gauges']);
    expect(good).toMatchObject({ status: 0, stderr: '' });
    expect(good.stdout.split('\n')[0]).toContain(isHere ? `run here, in ${at.scripts}, ` : 'run by the agent (pid ');
    expect(good.stdout).toMatch(
      /1 {2}load 1\.5 {2}→ h\.two-gauges\.load 1\.5 \d{10}\n {4}2 {2}users 12 {2}→ h\.two-gauges\.users 12 /,
    );
    expect((await run(at, ['exits-3'])).status).toBe(3);
    const killed = await run(at, ['killed-by-sigkill']);
    expect([killed.status, killed.stdout]).toEqual([137, expect.stringContaining('ended by SIGKILL')]);
    const missing = await run(at, ['missing-interpreter']);
    expect([missing.status, missing.stdout]).toEqual([127, expect.stringContaining('did not run after ')]);
    expect(await run(at, ['no-such'])).toMatchObject({
      status: 127,
      stdout: '',
      stderr: expect.stringMatching(
        /^instrument_server: there is no script .*no-such; name a file, or a plugin of .*\n$/,
      ),
    });
  });

  test('may have any name, and print any bytes, or 20 MB: all that is kept comes in the document', async () => {
    const at = await home();
    const name = `it's a "b" $(c).sh`;
    writePlugin(at.scripts, name, "#!/bin/sh\nprintf 'a 1\\nb\\377 2\\nc \\033[2J\\n'\n");
    const odd = JSON.parse((await run(at, [name, '--json'])).stdout);
    expect(odd).toMatchObject({
      format: 1,
      file: name,
      ranBy: isHere ? 'here' : 'agent',
      status: 0,
      output: { samples: 1, badLines: 2 },
    });
    expect(Buffer.from(odd.stdout, 'base64').toString('latin1')).toBe('a 1\nb\xff 2\nc \x1b[2J\n');
    expect((await run(at, [name])).stdout).toContain('c \\x1b[2J');
    writePlugin(at.scripts, 'large', "#!/bin/sh\nhead -c 20000000 /dev/zero | tr '\\0' x\n");
    const large = JSON.parse(await printedFrom('', [...flagsOf(at), 'run', 'large', '--json']));
    expect([Buffer.from(large.stdout, 'base64').length, large.droppedBytes]).toEqual([
      16 * 1024 ** 2,
      20_000_000 - 16 * 1024 ** 2,
    ]);
    expect(large.output.lines).toMatchObject([{ line: 1, verdict: { kind: 'cut' } }]);
  });

  test('may be named by the plugin it is, and a name that two scripts share is not guessed at', async () => {
    const at = await home();
    installPlugin(at.scripts, 'two-gauges', { as: 'mine.sh' });
    expect((await run(at, ['mine'])).stdout).toContain('h.mine.load');
    installPlugin(at.scripts, 'two-gauges', { as: 'mine.rb' });
    expect(await run(at, ['mine'])).toMatchObject({
      status: 127,
      stderr: `instrument_server: mine may be mine.rb or mine.sh of ${at.scripts}; name one of these\n`,
    });
  });

  test('ends without a fault where nobody reads what it has to say', async () => {
    const at = await home();
    installPlugin(at.scripts, 'two-gauges');
    const asking = startProgram([...flagsOf(at), 'run', 'two-gauges']);
    asking.process.stdout?.destroy();
    expect([await asking.exit, asking.stderr()]).toEqual([0, '']);
  });
});

describe('a program of another system, in no directory of the agent', () => {
  test('is not to be changed: that it has mode 0755 is not said of it, but of a script of ours', async () => {
    const home = makeHome();
    const path = installPlugin(tempDir(), 'two-gauges', { mode: 0o755 });
    const foreign = await run(home, [path, '--format', 'nagios']);
    expect(foreign.stdout).toContain('read as nagios');
    expect(foreign.stdout).not.toMatch(/would not run|chmod/);
    for (const flags of [[], ['--format', 'native']])
      expect((await run(home, [path, ...flags])).stdout).toContain(`chmod 0700 '${path}'`);
  });
});

describe('a script that the agent rejects', () => {
  test('is run with the host name of the agent, whatever the command or the configuration says', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges', { mode: 0o755 });
    await startAgent(home, { flags: ['-H', 'of.the.agent'] });
    const { status, stdout } = await run(home, ['two-gauges']);
    expect([status, stdout]).toEqual([0, expect.stringContaining('→ of.the.agent.two-gauges.load 1.5 ')]);
  });

  test('is run here if it is ours and executable, with the reason and what to type', async () => {
    const home = makeHome();
    await startAgent(home);
    const path = installPlugin(home.scripts, 'two-gauges', { mode: 0o755 });
    const { status, stdout } = await run(home, ['two-gauges']);
    expect(status).toBe(0);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `${path}: run here, in ${home.scripts}, with this shell's user, limits and environment: the agent does not run it`,
      '  at a tick it would not run: two-gauges has mode 0755: group and others can read and run it',
      `    chmod 0700 '${path}'`,
    ]);
    chmodSync(path, 0o600);
    expect(await run(home, ['two-gauges', '--json'])).toMatchObject({
      status: 127,
      stdout: '',
      stderr: `instrument_server: ${path} is not executable, so it is not run; chmod 0700 '${path}'\n`,
    });
    const link = join(tempDir(), 'link');
    symlinkSync(path, link);
    expect((await run(home, [link])).stderr).toBe(
      `instrument_server: ${link} is not executable, so it is not run; install -m 0700 '${path}' '${link}'\n`,
    );
    chmodSync(path, 0o700); // no tick has come, no hint is waited for
    expect((await run(home, ['two-gauges'])).stdout).toContain('run by the agent');
  });

  test('and whose run goes on in the agent is not run here beside it', async () => {
    const [home, hold] = [makeHome(), holdFifo()];
    const path = installPlugin(home.scripts, 'waits-on-fifo');
    await startAgent(home, { interval: '1', env: { HOLD_FIFO: hold.path } });
    const running = await runningPid(home, 'waits-on-fifo');
    chmodSync(path, 0o755);
    const { status, stderr } = await run(home, ['waits-on-fifo'], { HOLD_FIFO: hold.path });
    expect([status, stderr]).toEqual([
      127,
      expect.stringContaining(
        `its run in the agent (pid ${running}) is still running, and a plugin never runs twice at the same time`,
      ),
    ]);
  });

  test('and that is somebody else’s is not run at all', async () => {
    const home = makeHome();
    const ran = join(tempDir(), 'ran');
    const theirs = isRoot ? writePlugin(home.scripts, 'theirs', `#!/bin/sh\n: > '${ran}'\n`, 0o755) : '/bin/true';
    if (isRoot) chownSync(theirs, nobody, nobody);
    const { status, stdout, stderr } = await run(home, [theirs]);
    expect([status, stdout]).toEqual([127, '']);
    expect(stderr).toMatch(
      isRoot
        ? /belongs to nobody \(uid 65534\), .*as root \(uid 0\); run it as that user; \S+main\.js .* -u 65534 run \S+\/theirs\n$/
        : /belongs to root \(uid 0\), .*run a copy of your own/,
    );
    expect(existsSync(ran)).toBe(false);
  });
});

test('a script that is no plugin is run in its own folder, by this shell, though an agent runs', async () => {
  const home = makeHome();
  await startAgent(home);
  const dir = tempDir();
  const path = writePlugin(dir, 'mine.sh', '#!/bin/sh\necho "x 1"\npwd >&2\necho "$MARK" >&2\n');
  const { status, stdout } = await run(home, [path], { MARK: 'of this shell' });
  expect(status).toBe(0);
  expect(stdout).toContain(`it is not one of the agent's plugins, which are in ${home.scripts}`);
  expect(stdout).toContain(`  stderr:\n    ${dir}\n    of this shell\n`);
});

test('a run here that is not waited for any more goes on, and is told with its process', async () => {
  const [home, hold] = [makeHome(), holdFifo()];
  const noted = join(tempDir(), 'noted');
  const path = writePlugin(
    tempDir(),
    'p',
    `#!/bin/sh\necho $$ > '${noted}.1'\nmv '${noted}.1' '${noted}'\nread -r _ < '${hold.path}'\n: > '${noted}.ended'\n`,
  );
  const asking = startProgram([...flagsOf(home), 'run', path]);
  while (!existsSync(noted)) await moment();
  asking.process.kill('SIGINT');
  expect(await asking.exit).toBe(130);
  expect(asking.stderr()).toBe(
    `instrument_server: the script (pid ${readFileSync(noted, 'utf8').trim()}) keeps running by itself, because no script is ever killed\n`,
  );
  hold.release();
  while (!existsSync(`${noted}.ended`)) await moment();
});

describe('run --explain', () => {
  test('lists what differs between this shell and the agent, and runs nothing; also for a script that the agent rejects', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'exits-3', { mode: 0o755 });
    await startAgent(home, { env: { ONLY_THERE: '1', API_KEY: 'hidden-there' } });
    const { status, stdout } = await run(home, ['exits-3', '--explain'], {
      LANG: 'de_DE.UTF-8',
      API_KEY: 'hidden-here',
    });
    expect(status).toBe(0);
    expect(stdout).toContain(`  folder\n    in this shell  ${process.cwd()}\n    in the agent   ${home.scripts}\n`);
    expect(stdout).toContain('  variable LANG\n    in this shell  de_DE.UTF-8\n    in the agent   not there\n');
    expect(stdout).toContain('  variable LC_ALL\n    in this shell  not there\n    in the agent   C.UTF-8\n');
    expect(stdout).toContain('  variable ONLY_THERE\n    in this shell  not there\n    in the agent   1\n');
    expect(stdout).toContain('not compared because they may be secret: API_KEY');
    expect(stdout).not.toMatch(/hidden|variable HOME|user/);
  });

  test('says what to do where there is no agent to compare with', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'exits-3');
    expect(await run(home, ['exits-3', '--explain'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('start the agent, or put the script into its directory'),
    });
  });
});

test.skipIf(!isRoot)(
  `a user who is not the agent's is told whom to ask${isRoot ? '' : ' (left out: only root can become another user)'}`,
  async () => {
    const home = makeHome();
    chmodSync(join(home.state, '..'), 0o755);
    installPlugin(home.scripts, 'two-gauges');
    await startAgent(home);
    const asNobody = await new Promise<{ status: unknown; stderr: string }>((resolve) => {
      execFile(
        process.execPath,
        [main, ...flagsOf(home), 'run', 'two-gauges'],
        { uid: nobody, gid: nobody, env: { PATH: process.env['PATH'], HOME: '/' } },
        (error, _out, stderr) => resolve({ status: error?.code, stderr }),
      );
    });
    expect(asNobody).toEqual({
      status: 127,
      stderr: expect.stringMatching(/belongs to another user \(EACCES\); ask as the agent's user, or as root/),
    });
  },
);
