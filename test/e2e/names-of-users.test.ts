import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { directoryName } from '../../src/io/process/held-names.ts';
import { background } from '../helpers/background.ts';
import { removeInUse } from '../helpers/remove-in-use.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;
const nowhere = ['-c', 'tcp://127.0.0.1:1', '-k', 'any', '-r', '3600'];

describe.skipIf(!isRoot)('as root (only root can become another user)', () => {
  test('an agent of -u is found by its name, also where its descriptors are hidden from its user', async () => {
    const dir = tempDir();
    chmodSync(dir, 0o755);
    const scripts = join(dir, 'scripts');
    mkdirSync(scripts, { mode: 0o700 });
    chownSync(scripts, nobody, nobody);
    const home = background({}, { scripts, state: join(dir, 'state') });
    const flags = [...nowhere, '-u', String(nobody), '-e', '-s', scripts];
    expect((await home.run(...flags, 'start')).status).toBe(0);
    const pid = home.pid();
    removeInUse(home.state);
    expect((await home.run(...flags, 'start')).stderr).toContain(`already running (pid ${pid})`);
    expect((await home.run('-u', String(nobody), 'status')).stderr).toContain(`running (pid ${pid})`);
    const other = background({}, { scripts, state: join(dir, 'other') });
    expect((await other.run(...flags, 'start')).stderr).toContain(`another agent (pid ${pid}) runs the plugins`);
    expect((await home.run('-u', String(nobody), 'stop')).stdout).toBe(`stopped (pid ${pid})`);
  });

  test("a name that another user has taken keeps root's agent from nothing, and that process is never signalled", async () => {
    const home = background();
    const name = directoryName('state', 0, home.state);
    const taking = `for (const n of [${JSON.stringify(name)}, ${JSON.stringify(name)} + '/' + process.ppid])
      require('net').createServer().listen('\\0' + n, () => console.log('taken'));`;
    const squatter = spawn(process.execPath, ['-e', taking], {
      uid: nobody,
      gid: nobody,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void squatter.kill('SIGKILL'));
    await new Promise((resolve) => squatter.stdout.once('data', resolve));
    expect(await home.run('kill')).toMatchObject({ status: 0, stdout: 'not running' });
    expect((await home.run('status')).status).toBe(3);
    expect((await home.run(...nowhere, 'start')).status).toBe(0);
    expect((await home.run('stop')).status).toBe(0);
    expect(squatter.exitCode).toBeNull();
  });
});
