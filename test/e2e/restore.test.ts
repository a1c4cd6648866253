import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { backUp, waitingIn } from '../helpers/backups.ts';
import { countedPlugin, upTo } from '../helpers/counted-plugin.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const mainFile = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const fileName = 'instrument_server.db';

/**
 * Runs the restore of the documentation in `dir`, for the default state directory of a user with
 * the home `dir` (for root too). Returns that directory, and what was printed.
 */
function tryRestore(dir: string, file: string): { readonly state: string; readonly printed: readonly string[] } {
  const page = readFileSync(new URL('../../docs/upgrade-and-backup.md', import.meta.url), 'utf8');
  const [, commands = 'false'] = /<!-- restore.*?```sh\n(.*?)```/s.exec(page) ?? [];
  const bin = tempDir();
  writePlugin(bin, 'instrument_server', `#!/bin/sh\nexec '${process.execPath}' '${mainFile}' "$@"\n`);
  const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: dir, XDG_STATE_HOME: join(dir, '.local/state') };
  const { stdout } = spawnSync('sh', ['-c', commands.replace('before.db', file)], { cwd: dir, env, encoding: 'utf8' });
  return { state: join(dir, '.local/state/instrument_server'), printed: stdout.trimEnd().split('\n') };
}

/** Restores a backup as `tryRestore` does, where no agent runs. Returns the state directory. */
function restore(dir: string, file: string): string {
  const { state, printed } = tryRestore(dir, file);
  expect(printed).toEqual(['not running', 'restored']);
  return state;
}

function filesIn(dir: string): readonly string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}

test('each sample that waited at a backup under load arrives, with its time, from an agent on another state directory', async () => {
  const [home, dir, refusing] = [makeHome(), tempDir(), await fakeCollector({ refuse: true })];
  onTestFinished(refusing.close);
  countedPlugin(home.scripts, dir);
  writePlugin(home.scripts, 'much', '#!/bin/sh\nseq 3000 | while read -r n; do echo "n$n $n"; done\n');
  const flags = (at: string, port: number) => [
    '-s',
    home.scripts,
    '--state-dir',
    at,
    '-H',
    'h',
    '-k',
    secrets.apiKey,
    '-c',
    `tcp://127.0.0.1:${port}`,
  ];
  const agent = startProgram([...flags(home.state, refusing.port), '-e', '-r', '1', '--debug'], { env: { HOME: dir } });
  const runs = () => agent.log.filter(({ event, plugin }) => event === 'run.finished' && plugin === 'much').length;
  await agent.until(() => runs() >= 3);

  const file = join(dir, 'saved.db');
  const saved = await backUp(home, file);
  expect(saved).toEqual({ status: 0, stdout: expect.stringMatching(/^saved \S+ \(\d+ KiB\)$/), stderr: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).not.toContain('saved.db.part');
  const ticks = runs();
  await agent.until(() => runs() > ticks); // the agent works on
  const waited = waitingIn(file);
  const values = waited.flatMap((line) => /^h\.counted\.n (\d+) /.exec(line)?.[1] ?? []).map(Number);
  expect(waited.length).toBeGreaterThan(3000);
  expect(values).toEqual(upTo(values.length));

  const working = await fakeCollector();
  onTestFinished(working.close);
  const other = restore(dir, 'saved.db');
  startProgram([...flags(other, working.port), '-r', '1'], { env: { HOME: dir } });
  const arrived = await working.waitForLines(waited.length);
  expect(arrived.slice(0, waited.length).map((line) => line.split(' ').slice(1, 4).join(' '))).toEqual(waited);
});

test('a backup that is restored over the state of a killed agent is sound, and has no more than was in it', async () => {
  const [dir, scripts, refusing] = [tempDir(), makeHome().scripts, await fakeCollector({ refuse: true })];
  onTestFinished(refusing.close);
  countedPlugin(scripts, dir);
  const home = { scripts, state: join(dir, '.local/state/instrument_server') };
  const target = ['-H', 'h', '-k', secrets.apiKey, '-c', `tcp://127.0.0.1:${refusing.port}`];
  const flags = ['-s', scripts, '--state-dir', home.state, '-r', '1', ...target, '--debug'];
  const first = startProgram([...flags, '-e'], { env: { HOME: dir } });
  await first.event('run.finished');
  expect(await backUp(home, join(dir, 'saved.db'))).toMatchObject({ status: 0 });
  const runs = () => first.log.filter(({ event }) => event === 'run.finished').length;
  for (const before = runs(); runs() < before + 2; ) await moment();
  first.process.kill('SIGKILL');
  await first.exit;
  expect(existsSync(join(home.state, `${fileName}-wal`))).toBe(true);
  restore(dir, 'saved.db');
  const second = startProgram(flags, { env: { HOME: dir } });
  await second.event('daemon.started');
  const samples = waitingIn(join(dir, 'saved.db')).length;
  expect(await second.event('store.found')).toMatchObject({ waiting: [{ sink: 'instrumental', samples }] });
  expect(second.log.filter(({ event }) => event === 'store.set-aside')).toEqual([]);
});

test('a restore from a file that is missing stops the agent, and leaves its state as it was to the byte', async () => {
  const [dir, scripts, refusing] = [tempDir(), makeHome().scripts, await fakeCollector({ refuse: true })];
  onTestFinished(refusing.close);
  countedPlugin(scripts, dir);
  const state = join(dir, '.local/state/instrument_server');
  const target = ['-H', 'h', '-k', secrets.apiKey, '-c', `tcp://127.0.0.1:${refusing.port}`];
  const flags = ['-e', '-s', scripts, '--state-dir', state, '-r', '1', ...target, '--debug'];
  const agent = startProgram(flags, { env: { HOME: dir } });
  await agent.event('run.finished');
  expect(tryRestore(dir, 'missing.db').printed).toEqual([`stopped (pid ${agent.process.pid})`]);
  expect(await agent.exit).toBe(0);
  for (const suffix of ['-wal', '-shm']) writeFileSync(join(state, `${fileName}${suffix}`), `former ${suffix}`);
  const contents = () => new Map(filesIn(state).map((path) => [path, readFileSync(path).toString('base64')]));
  const before = contents();
  expect([...before.keys()]).toContain(join(state, `${fileName}-wal`));
  expect(tryRestore(dir, 'missing.db').printed).toEqual(['not running']);
  expect(contents()).toEqual(before);
});
