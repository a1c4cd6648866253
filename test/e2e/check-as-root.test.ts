import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runToEnd } from '../helpers/agent.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

test.skipIf(!isRoot)(
  'as root (only root can become another user) with -u, folders that a start makes are no problem',
  async () => {
    const dir = tempDir();
    chmodSync(dir, 0o755);
    const words = [
      '-u',
      'nobody',
      '--state-dir',
      join(dir, 'state'),
      '-l',
      join(dir, 'log/x.log'),
      '-p',
      join(dir, 'run/x.pid'),
      'check',
    ];
    expect(await runToEnd(words, { HOME: '/root' })).toEqual({ status: 0, stdout: 'good: 0 scripts', stderr: '' });
    expect(readdirSync(dir)).toEqual([]);
  },
);

test.skipIf(!isRoot)(
  'as root (only root can look at what another user owns) without -u, an installation of another user is checked as that user',
  async () => {
    const dir = tempDir();
    chmodSync(dir, 0o755);
    const [scripts, state] = [join(dir, "it's scripts"), join(dir, 'state')];
    for (const made of [scripts, state]) {
      mkdirSync(made, { mode: 0o700 });
      chownSync(made, nobody, nobody);
    }
    chownSync(installPlugin(scripts, 'two-gauges'), nobody, nobody);
    const flags = ['-e', '-k', secrets.apiKey, '-c', 'localhost:8000', '-s', scripts, '--state-dir', state];
    const user = `nobody (uid ${nobody})`;
    expect(await runToEnd([...flags, 'check', '--strict'], { HOME: '/root' })).toEqual({
      status: 0,
      stdout: `checked as nobody: the script directory ${scripts} belongs to ${user}\ngood: 1 script`,
      stderr: '',
    });
    const asJson = await runToEnd([...flags, 'check', '--json'], { HOME: '/root' });
    expect(JSON.parse(asJson.stdout)).toMatchObject({ isGood: true, checkedAs: 'nobody' });
    expect(JSON.stringify(asJson)).not.toContain(secrets.apiKey);
    chmodSync(state, 0o755);
    const ofState = await runToEnd(['--state-dir', state, 'check'], { HOME: '/root' });
    expect(ofState.stdout).toMatch(
      new RegExp(
        `^checked as nobody: the state directory ${state} belongs to [^\\n]*\\nproblem: [^\\n]* has mode 0755`,
      ),
    );
    chownSync(state, 54_321, 54_321); // a user without a name
    const ofNobody = await runToEnd(['--state-dir', state, 'check'], { HOME: '/root' });
    expect(ofNobody.stdout).toMatch(/belongs to uid 54321, and this is a check for root; check as that user$/m);
    const asRoot = await runToEnd(['-u', 'root', '--state-dir', state, 'check'], { HOME: '/root' });
    expect(asRoot.stdout).toMatch(
      /state belongs to uid 54321, but the agent runs as root \(uid 0\); add -u 54321, or name /,
    );
  },
);

test.skipIf(!isRoot)(
  'as root (only root can look at what another user owns), a script directory that another user put into an open folder is named with that folder',
  async () => {
    const open = join(tempDir(), 'open');
    const scripts = join(open, 'scripts');
    for (const made of [open, scripts]) mkdirSync(made, { mode: 0o700 });
    chmodSync(open, 0o777);
    chownSync(scripts, nobody, nobody);
    const { status, stdout } = await runToEnd(['-e', '-s', scripts, '--state-dir', join(tempDir(), 'state'), 'check']);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^problem: the script directory can't be used: the way to .* is not safe: the folder .*open' has mode 0777, .*; chmod o-w /m,
    );
    expect(stdout).not.toContain('check as that user');
  },
);

test.skipIf(!isRoot)(
  'as root (only root can look at what another user owns), a state directory that another user made where all may is a problem, and is not checked as that user',
  async () => {
    const [sticky, open] = [join(tempDir(), 'sticky'), join(tempDir(), 'open')];
    for (const folder of [sticky, open]) {
      const state = join(folder, 'is');
      mkdirSync(state, { recursive: true, mode: 0o700 });
      chownSync(state, nobody, nobody);
    }
    chmodSync(sticky, 0o1777); // as /tmp
    chmodSync(open, 0o777);
    for (const state of [join(sticky, 'is'), join(open, 'is')]) {
      const { status, stdout } = await runToEnd(['--state-dir', state, 'check'], { HOME: tempDir() });
      expect(status).toBe(1);
      expect(stdout).toMatch(/^problem: the state directory .*is belongs to nobody .*, but the agent runs as root /);
    }
    const scripts = join(sticky, 'scripts');
    mkdirSync(scripts, { mode: 0o700 });
    chownSync(scripts, nobody, nobody);
    const { stdout } = await runToEnd(['-e', '-s', scripts, '--state-dir', join(tempDir(), 'state'), 'check']);
    expect(stdout).toMatch(/^problem: the script directory can't be used: .*belongs to nobody/);
  },
);

test.skipIf(!isRoot)(
  'as root (only root can look at what another user owns) without -u, a folder that no start of that user makes is a problem',
  async () => {
    const dir = tempDir();
    chmodSync(dir, 0o755);
    const state = join(dir, 'state');
    mkdirSync(state, { mode: 0o700 });
    chownSync(state, nobody, nobody);
    const [log, pid] = [join(dir, 'log/x.log'), join(dir, 'run/x.pid')];
    const words = ['--state-dir', state, '-l', log, '-p', pid, 'check'];
    const { status, stdout } = await runToEnd(words, { HOME: '/root' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^checked as nobody: /);
    expect(stdout).toContain(`problem: the log file ${log} can't be opened: its folder is missing; mkdir -p '`);
    expect(stdout).toMatch(/^problem: the pid file \S+x\.pid .*mkdir -p '/m);
    expect(await runToEnd(['-u', 'nobody', ...words], { HOME: '/root' })).toMatchObject({ status: 0 });
  },
);
