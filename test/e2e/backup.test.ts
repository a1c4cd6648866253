import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/io/disk/database.ts';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { backUp, waitingIn } from '../helpers/backups.ts';
import { countedPlugin } from '../helpers/counted-plugin.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { secrets } from '../helpers/secrets.ts';
import { canMount, smallDisk } from '../helpers/small-disk.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const isRoot = process.getuid?.() === 0;
const mainFile = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const nobody = isRoot ? Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })) : 0;
const fileName = 'instrument_server.db';
/** A state directory whose database has no more than its tables, and `bytes` of something. */
function homeWithDatabase(bytes: number): Home {
  const home = makeHome();
  mkdirSync(home.state, { mode: 0o700 });
  const db = openDatabase(join(home.state, fileName));
  db.exec('CREATE TABLE filling (bytes BLOB)');
  const row = db.prepare('INSERT INTO filling VALUES (ZEROBLOB(?))');
  db.transaction(() => {
    for (let left = bytes; left > 0; left -= 1e6) row.run(Math.min(left, 1e6));
  });
  db.close();
  return home;
}

test('a backup of a stopped agent has what its log beside the database holds', async () => {
  const [home, dir, refusing] = [makeHome(), tempDir(), await fakeCollector({ refuse: true })];
  onTestFinished(refusing.close);
  countedPlugin(home.scripts, dir);
  const target = ['-H', 'h', '-k', secrets.apiKey, '-c', `tcp://127.0.0.1:${refusing.port}`];
  const agent = startProgram(['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', ...target, '--debug']);
  await agent.event('run.finished');
  const ticks = () => agent.log.filter(({ event }) => event === 'tick.started').length;
  for (const before = ticks(); ticks() === before; ) await moment(); // the run is committed
  agent.process.kill('SIGKILL');
  await agent.exit;
  expect(statSync(join(home.state, `${fileName}-wal`)).size).toBeGreaterThan(0);
  expect(await backUp(home, join(dir, 'saved.db'))).toMatchObject({ status: 0, stderr: '' });
  expect(waitingIn(join(dir, 'saved.db')).filter((line) => line.startsWith('h.counted.n 1 '))).toHaveLength(1);
});

/**
 * Ends a backup to `file` with SIGKILL while the file is unfinished. Where it was complete sooner,
 * again with a larger database. Returns the home of that database.
 */
async function killedBackup(file: string): Promise<Home> {
  for (let bytes = 60e6; bytes < 1e9; bytes *= 4) {
    const home = homeWithDatabase(bytes);
    const child = spawn(process.execPath, [mainFile, '--state-dir', home.state, 'backup', file], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const isRunning = () => child.exitCode === null && child.signalCode === null;
    while (isRunning() && !existsSync(`${file}.part`)) await moment();
    child.kill('SIGKILL');
    await ended;
    if (child.signalCode === 'SIGKILL' && !existsSync(file)) return home;
    rmSync(file);
    rmSync(`${file}.part`, { force: true });
  }
  throw new Error('each backup was complete before it could be ended');
}

test('a backup that is ended with SIGKILL has made no file of its name, and the next one says what to remove', async () => {
  const dir = tempDir();
  const file = join(dir, 'saved.db');
  const home = await killedBackup(file);
  expect(readdirSync(dir).filter((name) => !name.startsWith('saved.db.part'))).toEqual([]);
  expect(await backUp(home, file)).toEqual({
    status: 1,
    stdout: '',
    stderr:
      `instrument_server: ${file}.part is there already: another backup is writing it, or was ended before it was ` +
      `complete; if none is, remove it: rm '${file}.part'\n`,
  });
});

test('nothing is replaced: not a file, not a link that leads nowhere', async () => {
  const [home, dir] = [homeWithDatabase(0), tempDir()];
  writeFileSync(join(dir, 'a'), 'precious');
  symlinkSync(join(dir, 'nowhere'), join(dir, 'b'));
  for (const name of ['a', 'b'])
    expect(await backUp(home, join(dir, name))).toEqual({
      status: 1,
      stdout: '',
      stderr: `instrument_server: ${join(dir, name)} is there already, and is not replaced; name another file, or remove it: rm '${join(dir, name)}'\n`,
    });
  expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('precious');
  expect(readdirSync(dir)).toEqual(['a', 'b']);
});

test('what can not be copied, and where nothing can be written, is one sentence each', async () => {
  const [home, dir] = [homeWithDatabase(0), tempDir()];
  const missing = join(dir, 'none');
  const none = { ...home, state: missing };
  const refused = async (from: Home, ...words: string[]) => {
    const { status, stdout, stderr } = await backUp(from, ...words);
    expect(stdout).toBe('');
    return `${status} ${stderr.replace('instrument_server: ', '').trimEnd()}`;
  };
  expect(await refused(home, join(missing, 'x'))).toMatch(
    /^1 \S+\/none\/x can't be written: ENOENT.*; name a file in a folder that is there$/,
  );
  expect(await refused(none, join(dir, 'x'))).toBe(
    `1 there is no state directory ${missing}; name the agent's with --state-dir DIR`,
  );
  mkdirSync(missing, { mode: 0o700 });
  expect(await refused(none, join(dir, 'x'))).toBe(
    `1 there is no database in the state directory ${missing}; name the agent's directory with --state-dir DIR`,
  );
  writeFileSync(join(missing, fileName), 'x'.repeat(10_000));
  expect(await refused(none, join(dir, 'x'))).toMatch(
    /^1 the database \S+ is damaged \(file is not a database\); start the agent/,
  );
  expect(await refused(home)).toMatch(/^2 `backup` needs a file\.\nType, say: .* backup \.\/instrument_server\.db$/);
  expect(await refused(home, 'a', 'b')).toMatch(/^2 `b` was not expected after `backup`\./);
  expect(readdirSync(dir)).toEqual(['none']);
});

test.skipIf(!canMount)(
  'a full disk is one sentence, and nothing is left on it (skipped where no small file system can be mounted)',
  async () => {
    const [home, dir] = [homeWithDatabase(6e6), join(tempDir(), 'disk')];
    smallDisk(dir);
    expect(await backUp(home, join(dir, 'x'))).toEqual({
      status: 1,
      stdout: '',
      stderr: `instrument_server: ${join(dir, 'x')} can't be written: database or disk is full; make room on its disk, or name a file on another one\n`,
    });
    expect(readdirSync(dir)).toEqual([]);
  },
);

describe.skipIf(!isRoot)('as root (only root can give a directory to another user)', () => {
  test('the state of another user is copied with -u alone, as that user, who owns the file', async () => {
    const [home, dir] = [homeWithDatabase(0), tempDir()];
    for (const path of [dirname(home.state), dir]) chmodSync(path, 0o755);
    for (const path of [home.state, ...readdirSync(home.state).map((name) => join(home.state, name)), dir])
      chownSync(path, nobody, nobody);
    const file = join(dir, 'saved.db');
    const { status, stderr } = await backUp(home, file);
    expect([status, stderr]).toEqual([
      1,
      `instrument_server: the state directory ${home.state} belongs to nobody (uid ${nobody}); add -u nobody\n`,
    ]);
    const other = startProgram(['--state-dir', home.state, 'backup', file], { uid: nobody - 1, env: { HOME: dir } });
    expect(await other.exit).toBe(1);
    expect(other.stderr()).toContain('type the same command as that user, or as root with -u nobody\n');
    expect(existsSync(file)).toBe(false);
    expect(await runToEnd(['-u', 'nobody', '--state-dir', home.state, 'backup', file])).toMatchObject({ status: 0 });
    expect(statSync(file)).toMatchObject({ uid: nobody, mode: 0o100600 });
  });
});
