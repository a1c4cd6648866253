import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { systemFiles } from '../../src/io/disk/files.ts';
import { secrets } from '../helpers/secrets.ts';
import { below, changed, makeFolder, watchConfig } from './watch-set-up.ts';

let dir = '';
let file = '';
let write: ReturnType<typeof makeFolder>['write'] = () => {};

beforeEach(() => {
  ({ dir, file, write } = makeFolder());
});

describe('a change', () => {
  test('is handed on within half a second, by the names of its keys', () => {
    write(`[agent]\nreport_interval = 60s\n[collector]\napi_key = ${secrets.apiKey}`);
    const { soon, running } = watchConfig(dir, 'x.ini');
    expect(soon()).toEqual([]);
    write(
      `[agent]\nreport_interval = 30s\n[collector]\napi_key = abc\n[env]\nA = 1\n[plugin:mysql]\ninterval = 5m\n[sink:influx]\nurl = http://i\ndatabase = d`,
    );
    expect(soon()).toEqual([
      changed('[agent] report_interval', '[collector] api_key', '[sink:influx]', '[env] A', '[plugin:mysql] interval'),
    ]);
    expect(running()).toMatchObject({ reportIntervalS: 30, env: { A: '1' }, collector: { apiKey: { key: 'abc' } } });
    expect(soon()).toEqual([]);
  });

  test('of comments, of the order or of the place of a value is not reported', () => {
    write('[agent]\nhostname = a\n[collector]\napi_key = abc');
    const { soon } = watchConfig(dir, 'x.ini');
    write('; note\n[collector]\napi_key = "abc"\n[agent]\n; note');
    mkdirSync(join(dir, 'x.d'));
    write('[agent]\nhostname = a', join(dir, 'x.d/a.ini'));
    expect(soon()).toEqual([]);
  });

  test('between the first reading and the first look is seen', () => {
    write('[agent]\nhostname = a');
    const { soon } = watchConfig(dir, 'x.ini', { meanwhile: () => write('[agent]\nhostname = b') });
    expect(soon()).toEqual([changed('[agent] hostname')]);
  });

  test('that a glance at the files does not show is seen by a look, every ten seconds', () => {
    write('[agent]\nhostname = a');
    const { clock, soon, told } = watchConfig(dir, 'x.ini', { files: { ...systemFiles, fingerprint: () => 'same' } });
    expect(soon()).toEqual([]);
    write('[agent]\nhostname = bb');
    expect(soon()).toEqual([]);
    clock.advance(11_000);
    expect(told()).toEqual([changed('[agent] hostname')]);
  });

  test('is seen on the real clock as well', async () => {
    write('[agent]\nhostname = a');
    await new Promise<void>((resolve) => {
      watchConfig(dir, 'x.ini', { realClock: systemClock, onTold: () => resolve() });
      write('[agent]\nhostname = b');
    });
  });
});

describe('in every way that a file can change', () => {
  test('a file that was missing is read when it appears, and was warned about only once', () => {
    const { soon } = watchConfig(dir, 'x.ini');
    expect(soon()).toEqual([]);
    write('[agent]\nhostname = a');
    expect(soon()).toEqual([changed('[agent] hostname')]);
  });

  test('instead of a deleted file the defaults apply, with a warning', () => {
    write('[agent]\nmax_concurrency = 9\n[log]\nlevel = warn');
    const { soon, running } = watchConfig(dir, 'x.ini');
    rmSync(file);
    const warnings = [`-f: ${file} does not exist; it is read as soon as it exists`];
    expect(soon()).toEqual([{ changed: ['[agent] max_concurrency', '[log] level'], warnings }]);
    expect(running().maxConcurrency).toBe('auto');
    expect(soon()).toEqual([]);
    write('[agent]\nmax_concurrency = 9');
    expect(soon()).toEqual([changed('[agent] max_concurrency')]);
  });

  test('a folder, and files in it, may come and go', () => {
    const { soon } = watchConfig(dir, 'x.ini');
    mkdirSync(join(dir, 'x.d'));
    write('[agent]\nhostname = a', join(dir, 'x.d/a.ini'));
    expect(soon()).toEqual([changed('[agent] hostname')]);
    write('[agent]\nhostname = b', join(dir, 'x.d/b.ini'));
    expect(soon()).toEqual([changed('[agent] hostname')]);
    write('[agent]\nhostname = c', join(dir, 'x.d/.c.ini'));
    write('[agent]\nhostname = c', join(dir, 'x.d/c.ini~'));
    expect(soon()).toEqual([]);
    rmSync(join(dir, 'x.d/b.ini'));
    write('[log]\nlevel = warn', join(dir, 'x.d/a.ini'));
    expect(soon()).toEqual([changed('[agent] hostname', '[log] level')]);
    rmSync(join(dir, 'x.d'), { recursive: true });
    expect(soon()).toEqual([changed('[log] level')]);
  });

  test('a file may be renamed into place', () => {
    write('[agent]\nhostname = a');
    const { soon } = watchConfig(dir, 'x.ini');
    write('[agent]\nhostname = b', join(dir, 'x.ini.new'));
    renameSync(join(dir, 'x.ini.new'), file);
    expect(soon()).toEqual([changed('[agent] hostname')]);
  });

  test('a file that was asked for as YAML is watched alone', () => {
    write('api_key: abc', join(dir, 'x.yml'));
    const { soon } = watchConfig(dir, 'x.yml');
    write('nonsense');
    write('api_key: abcd', join(dir, 'x.yml'));
    expect(soon()).toEqual([changed('[collector] api_key')]);
  });

  test('a link to a folder may be switched over, under the file and under the folder of files', () => {
    for (const version of ['1', '2']) {
      mkdirSync(join(dir, version, 'x.d'), { recursive: true });
      write(`[agent]\nhostname = a${version}`, join(dir, version, 'x.ini'));
      write(`[agent]\nmax_concurrency = ${version}`, join(dir, version, 'x.d/a.ini'));
    }
    symlinkSync('1', join(dir, 'data'));
    symlinkSync('data/x.ini', file);
    symlinkSync('data/x.d', join(dir, 'x.d'));
    const { soon } = watchConfig(dir, 'x.ini');
    symlinkSync('2', join(dir, 'data.new'));
    renameSync(join(dir, 'data.new'), join(dir, 'data'));
    expect(soon()).toEqual([changed('[agent] hostname', '[agent] max_concurrency')]);
  });
});

describe('without -f', () => {
  test('the file, its folder, and in its absence the Ruby agent’s file are watched', () => {
    mkdirSync(join(dir, 'etc'));
    const { soon, running } = watchConfig('/', null, below(dir));
    expect(soon()).toEqual([]);
    write('api_key: abc', join(dir, 'etc/instrumental.yml'));
    expect(soon()).toEqual([changed('[collector] api_key', '[dashboard] enabled')]);
    expect(running().collector.apiKey).toEqual({ key: 'abc', origin: '/etc/instrumental.yml:1' });
    write(`api_keys: ${secrets.apiKey}`, join(dir, 'etc/instrumental.yml'));
    expect(soon()).toEqual([
      {
        refused: ['/etc/instrumental.yml:1: this line has another key than api_key; expected one line "api_key: KEY"'],
      },
    ]);
    mkdirSync(join(dir, 'etc/instrument_server.d'));
    write('[agent]\nhostname = a', join(dir, 'etc/instrument_server.d/a.ini'));
    expect(soon()).toEqual([]);
    write('', join(dir, 'etc/instrument_server.ini'));
    expect(soon()).toEqual([changed('[agent] hostname', '[collector] api_key', '[dashboard] enabled')]);
    write('nonsense', join(dir, 'etc/instrumental.yml'));
    expect(soon()).toEqual([]);
  });

  test('deleted files need no warning', () => {
    mkdirSync(join(dir, 'etc'));
    write('[log]\nlevel = warn', join(dir, 'etc/instrument_server.ini'));
    const { soon } = watchConfig('/', null, below(dir));
    rmSync(join(dir, 'etc/instrument_server.ini'));
    expect(soon()).toEqual([changed('[log] level')]);
  });
});

describe('configuration that can not be read twice', () => {
  test('a pipe is never looked at again', () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    spawn('sh', ['-c', 'printf "[agent]\\nhostname = a\\n" > "$0"', pipe]);
    const { clock, running, soon, watcher, told } = watchConfig(dir, 'pipe');
    expect(running().hostname).toBe('a');
    rmSync(pipe);
    watcher.lookNow();
    expect([...told(), ...soon()]).toEqual([]);
    expect(clock.pending()).toBe(0);
    watcher.close();
  });

  test('a descriptor is not looked at again either, because it is closed by then', () => {
    write('[agent]\nhostname = a');
    const descriptor = openSync(file, 'r');
    const { soon, running } = watchConfig(dir, `/dev/fd/${descriptor}`);
    expect(running().hostname).toBe('a');
    closeSync(descriptor);
    expect(soon()).toEqual([]);
  });
});

describe('a key that can not be changed while the agent runs', () => {
  test('keeps its value, is warned about once, and delays no other change', () => {
    write('[agent]\nstate_dir = /a\n[log]\nlocation = /a.log');
    const { soon, running } = watchConfig(dir, 'x.ini');
    write('[agent]\nstate_dir = /b\n[log]\nlocation = /b.log\nlevel = warn');
    const warnings = ['[agent] state_dir', '[log] location'].map(
      (key) => `the change of ${key} takes effect at the next start`,
    );
    expect(soon()).toEqual([{ changed: ['[log] level'], warnings }]);
    expect(running()).toMatchObject({ stateDir: '/a', log: { location: '/a.log', level: 'warn' } });
    write('[agent]\nstate_dir = /b\n[log]\nlocation = /b.log');
    expect(soon()).toEqual([changed('[log] level')]);
    expect(running()).toMatchObject({ stateDir: '/a', log: { location: '/a.log', level: 'info' } });
  });

  test('is warned about even where nothing else was changed', () => {
    const { soon } = watchConfig(dir, 'x.ini');
    write('[log]\nlocation = x.log');
    expect(soon()).toEqual([
      {
        changed: [],
        warnings: ['the change of [log] location takes effect at the next start'],
      },
    ]);
  });
});

test('a file with a key that others can read is warned about once when its mode opens it, and again if it was closed meanwhile', () => {
  write(`[collector]\napi_key = ${secrets.apiKey}`);
  const { soon } = watchConfig(dir, 'x.ini');
  const opened = {
    changed: [],
    warnings: [`${file} holds api_key, and its mode 0644 lets others read it: chmod 0600 '${file}'`],
  };
  chmodSync(file, 0o644);
  expect(soon()).toEqual([opened]);
  write(`; note\n[collector]\napi_key = ${secrets.apiKey}`);
  expect(soon()).toEqual([]);
  chmodSync(file, 0o600);
  expect(soon()).toEqual([]);
  chmodSync(file, 0o644);
  expect(soon()).toEqual([opened]);
});
