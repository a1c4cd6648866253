import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { countedPlugin, countedValues, upTo } from '../helpers/counted-plugin.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const isRoot = process.getuid?.() === 0;

const flagsFor = ({ scripts, state }: Home) => ['-e', '-s', scripts, '--state-dir', state, '-r', '1', '-H', 'h'];

/** The words that make a shell do something before it executes the words behind them. */
const after = (command: string) => ['sh', '-c', `${command} && exec "$@"`, 'sh'];

/** Hands a home, and what is in it, to a user that has no other process. Only root can. */
function giveTo(uid: number, home: Home, ...paths: readonly string[]): void {
  chmodSync(dirname(home.state), 0o755);
  mkdirSync(home.state, { mode: 0o700 });
  for (const path of [home.scripts, home.state, ...paths]) chownSync(path, uid, uid);
}

test('while its user may have no more processes (ulimit -u), each run says so; with room again, each sample arrives once and none is doubled', async () => {
  const home = makeHome();
  const dir = tempDir();
  const collector = await fakeCollector();
  onTestFinished(collector.close);
  const plugin = countedPlugin(home.scripts, dir);
  const uid = isRoot ? 61_000 + (process.pid % 1000) : undefined; // root has no such limit
  if (uid !== undefined) giveTo(uid, home, dir, join(home.scripts, 'counted'));
  const flags = flagsFor(home);
  const target = ['-k', secrets.apiKey, '-c', `tcp://127.0.0.1:${collector.port}`];
  const user = uid === undefined ? {} : { uid, gid: uid };
  const agent = startProgram([...flags, ...target, '--debug'], { env: { HOME: dir }, ...user });
  const values = () => countedValues(collector.lines);
  const prlimit = (...words: readonly string[]) =>
    execFileSync('prlimit', ['--pid', String(agent.pid), ...words], { ...user, encoding: 'utf8' }).trim();
  await collector.until(() => values().length >= 2);
  prlimit('--nproc=1:'); // its own threads are more than that
  const failed = () => agent.log.filter(({ event }) => event === 'run.failed');
  const ticks = () => agent.log.filter(({ event }) => event === 'tick.started').length;
  await agent.until(() => failed().length > 0);
  const [ticksBefore, linesBefore] = [ticks(), collector.lines.length];
  await agent.until(() => ticks() > ticksBefore + 2);
  expect(failed()[0]).toMatchObject({ plugin: 'counted' });
  expect(JSON.stringify(failed()[0])).toContain(
    'the system has no room for another process (EAGAIN); look at ulimit -u',
  );
  const { stdout } = await runToEnd([...flags, 'status'], { HOME: dir });
  expect(stdout).toContain('no room for another process (EAGAIN)');
  expect(collector.lines.slice(linesBefore).some((line) => line.includes('h.load.'))).toBe(true);
  const stored = values().length;
  prlimit(`--nproc=${prlimit('--nproc', '--output', 'HARD', '--noheadings')}:`);
  await collector.until(() => values().length >= stored + 3);
  expect(values()).toEqual(upTo(values().length));
  expect(plugin.isDoubled()).toBe(false);
});

test('with an address space of 1.5 GB (ulimit -v) the agent runs, and a plugin that needs more is reported with its own words', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'large', '#!/bin/sh\nLC_ALL=C exec dd if=/dev/zero of=/dev/null bs=2G count=1\n');
  writePlugin(home.scripts, 'small', '#!/bin/sh\necho "a 1"\n');
  const agent = startProgram(flagsFor(home), { env: { HOME: home.state }, through: after('ulimit -v 1500000') });
  expect(await agent.event('run.failed')).toMatchObject({ plugin: 'large', status: 1 });
  expect(await agent.event('run.stderr')).toMatchObject({ plugin: 'large', text: expect.stringMatching(/memory/) });
  await agent.until(() => agent.printed.filter((line) => line.startsWith('h.small.a ')).length >= 2);
});

/** Why no memory cgroup can be made here, or the folder for it. */
function memoryCgroups(): { readonly folder: string; readonly limit: string } | string {
  if (!isRoot) return 'only root can make a cgroup';
  const [second, first] = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory'];
  const control = join(second, 'cgroup.subtree_control');
  const found = existsSync(join(first, 'memory.limit_in_bytes'))
    ? { folder: first, limit: 'memory.limit_in_bytes' }
    : existsSync(control) && readFileSync(control, 'utf8').includes('memory')
      ? { folder: second, limit: 'memory.max' }
      : null;
  if (found === null) return 'no memory cgroups are mounted';
  try {
    const folder = join(found.folder, `instrument-test-${process.pid}`);
    mkdirSync(folder);
    rmdirSync(folder);
    return found;
  } catch (error) {
    return `no cgroup can be made: ${String(error)}`;
  }
}

/** Ends what is left in a cgroup, the plugin that eats memory, and removes it. */
async function removeCgroup(folder: string): Promise<void> {
  for (const left = () => readFileSync(join(folder, 'cgroup.procs'), 'utf8').match(/\d+/g) ?? []; left().length > 0; ) {
    for (const pid of left()) process.kill(Number(pid), 'SIGKILL');
    await moment();
  }
  rmdirSync(folder);
}

const cgroups = memoryCgroups();

test.skipIf(typeof cgroups === 'string')(
  `a plugin that uses up the memory of the agent's cgroup is killed by the kernel, and reported; agent and other plugins go on${typeof cgroups === 'string' ? ` (skipped: ${cgroups})` : ''}`,
  async () => {
    if (typeof cgroups === 'string') return;
    const home = makeHome();
    const folder = join(cgroups.folder, `instrument-test-${process.pid}`);
    mkdirSync(folder);
    onTestFinished(() => removeCgroup(folder));
    writeFileSync(join(folder, cgroups.limit), String(400 * 1024 * 1024));
    writePlugin(home.scripts, 'eats', '#!/bin/sh\nexec tail /dev/zero\n');
    writePlugin(home.scripts, 'small', '#!/bin/sh\necho "a 1"\n');
    const agent = startProgram(flagsFor(home), {
      env: { HOME: home.state },
      through: after(`echo $$ > '${folder}/cgroup.procs'`),
    });
    const killed = await agent.event('run.failed');
    expect(killed).toMatchObject({ plugin: 'eats', signal: 'SIGKILL' });
    expect(JSON.stringify(killed)).toMatch(/memory/);
    const small = () => agent.printed.filter((line) => line.startsWith('h.small.a ')).length;
    const before = small();
    await agent.until(() => small() >= before + 2);
  },
);
