import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tempDir } from '../helpers/temp-dir.ts';
import { findProgram } from '../integration/servers/server.ts';
import { titleOf } from '../integration/set-up.ts';

const config = fileURLToPath(new URL('../../config/', import.meta.url));
const unit = 'instrument_server.service';
const run = promisify(execFile);
const analyze = findProgram('systemd-analyze');
const logrotate = findProgram('logrotate');

describe.skipIf(analyze === null)(titleOf('the systemd unit', { 'systemd-analyze': analyze }), () => {
  test.each([
    ['as it is', false],
    ['with hardening.conf', true],
  ])('holds nothing that systemd does not know %s', async (_, isHardened) => {
    const dir = tempDir();
    const there = readFileSync(join(config, unit), 'utf8').replaceAll('/usr/bin/instrument_server', process.execPath); // one that is not installed is reported, too
    writeFileSync(join(dir, unit), there);
    mkdirSync(join(dir, `${unit}.d`));
    if (isHardened) copyFileSync(join(config, 'hardening.conf'), join(dir, `${unit}.d/hardening.conf`));
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', join(dir, unit)]);
    const ofOurs = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('instrument_server')); // it looks at those of this machine too
    expect(ofOurs).toEqual([]);
  });
});

describe.skipIf(logrotate === null)(titleOf('the logrotate file', { logrotate }), () => {
  test('is understood, and does nothing where there is no log', async () => {
    const dir = tempDir();
    const file = join(dir, 'logrotate.conf');
    const [user = '', group = ''] = ['-un', '-gn'].map((flag) =>
      execFileSync('id', [flag], { encoding: 'utf8' }).trim(),
    );
    const text = readFileSync(join(config, 'logrotate'), 'utf8').replaceAll(
      '/var/log/instrument_server',
      join(dir, 'log'),
    );
    writeFileSync(file, text.replaceAll('instrument_server instrument_server', `${user} ${group}`), { mode: 0o600 });
    expect((await run(logrotate ?? '', ['--state', join(dir, 'state'), file])).stderr).toBe('');
  });

  test('puts a log aside and begins a new one that only the agent may read', async () => {
    const dir = tempDir();
    const [file, logs] = [join(dir, 'logrotate.conf'), join(dir, 'log')];
    mkdirSync(logs);
    const [user = '', group = ''] = ['-un', '-gn'].map((flag) =>
      execFileSync('id', [flag], { encoding: 'utf8' }).trim(),
    );
    const text = readFileSync(join(config, 'logrotate'), 'utf8').replaceAll('/var/log/instrument_server', logs);
    writeFileSync(file, text.replaceAll('instrument_server instrument_server', `${user} ${group}`), { mode: 0o600 });
    writeFileSync(join(logs, 'agent.log'), 'a line\n', { mode: 0o600 });
    await run(logrotate ?? '', ['--force', '--state', join(dir, 'state'), file]);
    expect(readdirSync(logs).sort()).toEqual(['agent.log', 'agent.log.1']);
    expect(readFileSync(join(logs, 'agent.log.1'), 'utf8')).toBe('a line\n');
    expect(statSync(join(logs, 'agent.log')).mode & 0o7777).toBe(0o600);
  });
});

describe('the init script', () => {
  /**
   * The script on a host whose agent writes down what it is asked for, and answers with `status`.
   */
  function host(status: number) {
    const dir = tempDir();
    writeFileSync(join(dir, 'instrument_server'), `#!/bin/sh\necho "$*" >> '${dir}/asked'\nexit ${status}\n`);
    chmodSync(join(dir, 'instrument_server'), 0o755);
    const script = readFileSync(join(config, 'instrument_server.init'), 'utf8').replace(/^PATH=/m, `PATH=${dir}:`);
    return {
      call: (word: string) =>
        run('/bin/sh', ['-eu', '-c', script, 'init', word]).then(
          () => 0,
          (error: unknown) => (error instanceof Error && 'code' in error ? error.code : null),
        ),
      asked: () => readFileSync(join(dir, 'asked'), 'utf8').split('\n').filter(Boolean),
    };
  }
  const flags =
    '-u instrument_server --state-dir /var/lib/instrument_server -p /var/lib/instrument_server/instrument_server.pid -l /var/log/instrument_server/agent.log';

  test.each(['start', 'stop', 'restart', 'status'])('hands %s on to the agent, as its own user', async (word) => {
    const { call, asked } = host(3);
    expect(await call(word)).toBe(3);
    expect(asked().at(-1)).toBe(`${word} ${flags}`);
  });

  test('takes a start for done where the agent runs', async () => {
    const { call, asked } = host(0);
    expect(await call('start')).toBe(0);
    expect(asked()).toEqual([`status ${flags}`]);
  });

  test('reloads nothing where no agent runs, and refuses what it does not know', async () => {
    const { call } = host(3);
    expect(await call('reload')).toBe(7);
    expect(await call('dance')).toBe(2);
  });
});
