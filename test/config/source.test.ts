import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatProblem } from '../../src/config/problem.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { defaultFile, readSource } from '../../src/config/source.ts';
import { type ConfigFiles, readMachine, systemConfigFiles } from '../../src/io/config-files.ts';
import { err, ok } from '../../src/model/result.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/config/', import.meta.url));
const flags = { configFile: null, tempDir: null, given: new Map() };
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'config-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

test('the files of the folder are read after the file, in name order, and the later wins', () => {
  const source = readSource(systemConfigFiles, 'full.ini', fixtures);
  expect(source.files.map(({ file }) => file.slice(fixtures.length))).toEqual(['full.ini', 'full.d/10-interval.ini', 'full.d/20-late.ini']);
  const resolved = resolveConfig({ flags, env: {}, source, machine: readMachine() });
  expect(resolved).toMatchObject({
    ok: true,
    value: {
      config: {
        hostname: 'web-2',
        reportIntervalS: 120,
        overdueAfterMs: 500,
        stopGraceMs: 2000,
        hostMetrics: false,
        collector: { address: { host: '::1', port: 9000, tls: false }, tlsCa: join(fixtures, 'certs/ca.pem') },
        env: { EMPTY: '', MASK: '#;' },
        log: { level: 'warn' },
      },
      warnings: [],
    },
  });
});

test('a file full of mistakes gives every one of them, in the order of its lines', () => {
  const source = readSource(systemConfigFiles, 'misspelt.ini', fixtures);
  const resolved = resolveConfig({ flags, env: {}, source, machine: readMachine() });
  const told = resolved.ok ? [] : resolved.error.map(formatProblem);
  const expected = readFileSync(join(fixtures, 'misspelt.expected'), 'utf8').replaceAll('FILE', join(fixtures, 'misspelt.ini'));
  expect(`${told.join('\n')}\n`).toBe(expected);
});

test('the mode of a file comes with it', () => {
  writeFileSync(join(dir, 'x.ini'), '[collector]\napi_key = abc\n');
  chmodSync(join(dir, 'x.ini'), 0o640);
  expect(readSource(systemConfigFiles, join(dir, 'x.ini'), '/').files).toMatchObject([{ mode: 0o640 }]);
});

test('a file that was asked for and is missing is one warning, and the folder beside it is read all the same', () => {
  mkdirSync(join(dir, 'x.d'));
  writeFileSync(join(dir, 'x.d/a.ini'), '[log]\n');
  expect(readSource(systemConfigFiles, 'x.ini', dir)).toMatchObject({
    files: [{ file: join(dir, 'x.d/a.ini') }],
    problems: [],
    warnings: [`-f: ${dir}/x.ini does not exist; going on without it`],
  });
});

test('the default file is looked for where nothing was asked for, and its absence is no matter', () => {
  const looked: string[] = [];
  const missing = (path: string) => {
    looked.push(path);
    return err({ code: 'ENOENT', detail: 'no such file or directory' });
  };
  const emptyMachine: ConfigFiles = {
    read: (path) => missing(path),
    list: (path) => missing(path),
  };
  expect(readSource(emptyMachine, null, '/srv')).toEqual({ files: [], problems: [], warnings: [] });
  expect(looked).toEqual([defaultFile, '/etc/instrumental.yml', '/etc/instrument_server.d']);
});

test('a YAML file of the Ruby agent is told, with what to write instead', () => {
  const ruby: ConfigFiles = {
    read: (path) =>
      path === '/etc/instrumental.yml' ? ok({ text: 'api_key: s3cret\n', mode: 0o600 }) : err({ code: 'ENOENT', detail: 'no such file' }),
    list: () => err({ code: 'ENOENT', detail: 'no such file' }),
  };
  expect(readSource(ruby, null, '/').warnings).toEqual([
    '/etc/instrumental.yml of the Ruby agent is not read; write its key into /etc/instrument_server.ini, as "api_key = KEY" below a line "[collector]"',
  ]);
  expect(readSource(ruby, '/etc/instrumental.yml', '/').problems).toMatchObject([
    { where: '/etc/instrumental.yml', wrong: 'a YAML file is not understood' },
  ]);
});

test('a file without .ini at its end has no folder beside it', () => {
  mkdirSync(join(dir, 'conf.d'));
  writeFileSync(join(dir, 'conf.d/a.ini'), 'nonsense');
  writeFileSync(join(dir, 'conf'), '[log]\n');
  expect(readSource(systemConfigFiles, 'conf', dir)).toMatchObject({ files: [{ file: join(dir, 'conf') }], problems: [] });
});

test('what is there and can not be read is a problem with its path and the reason', () => {
  mkdirSync(join(dir, 'x.ini'));
  mkdirSync(join(dir, 'x.d'));
  symlinkSync('nowhere', join(dir, 'x.d/a.ini'));
  symlinkSync('b.ini', join(dir, 'x.d/b.ini'));
  expect(readSource(systemConfigFiles, 'x.ini', dir).problems.map(formatProblem)).toEqual([
    `${dir}/x.ini: can't be read: illegal operation on a directory; expected a file that this user may read`,
    `${dir}/x.d/a.ini: can't be read: no such file or directory; expected a file that this user may read`,
    `${dir}/x.d/b.ini: can't be read: too many symbolic links encountered; expected a file that this user may read`,
  ]);
});

test('a folder that is none is a problem', () => {
  writeFileSync(join(dir, 'x.d'), '');
  expect(readSource(systemConfigFiles, 'x.ini', dir).problems.map(formatProblem)).toEqual([
    `${dir}/x.d: can't be read: not a directory; expected a folder that this user may read`,
  ]);
});

test('bytes that are not UTF-8 are a problem of their line, and of none if they stand in a comment', () => {
  writeFileSync(join(dir, 'x.ini'), Buffer.from('[agent] ; caf\xe9\nhostname = caf\xe9\n', 'latin1'));
  expect(readSource(systemConfigFiles, 'x.ini', dir).problems.map(formatProblem)).toEqual([
    `${dir}/x.ini:2: hostname: this line holds a control character or bytes that are not UTF-8; expected plain text in UTF-8`,
  ]);
});

test('a path with a NUL character, which no file can have, is a problem and not a crash', () => {
  expect(readSource(systemConfigFiles, 'x\0.ini', dir).problems).toHaveLength(2);
});

test('the facts of this machine are complete', () => {
  const machine = readMachine();
  expect(machine.cores).toBeGreaterThan(0);
  expect(machine.hostname).not.toBe('');
  expect([machine.home, machine.cwd].every((path) => path.startsWith('/'))).toBe(true);
  expect(machine.uid).toBe(process.geteuid?.());
});
