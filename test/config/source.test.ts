import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/config/problem.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { defaultFile, readSource } from '../../src/config/source.ts';
import { type ConfigFiles, readMachine, systemConfigFiles } from '../../src/io/disk/config-files.ts';
import { err, ok } from '../../src/model/result.ts';
import { asNobody } from '../helpers/as-nobody.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/config/', import.meta.url));
const flags = { configFile: null, tempDir: null, pidFile: null, user: null, given: new Map() };
const notThere = { code: 'ENOENT', detail: 'no such file or directory', denied: null };
let dir = '';

/** A machine with these files and no others, at paths where a test can't write. */
function filesOf(texts: Readonly<Record<string, string>>): ConfigFiles {
  return {
    read(path) {
      const text = texts[path];
      return text === undefined ? err(notThere) : ok({ text, mode: 0o600, fingerprint: '1' });
    },
    list(path) {
      const names = Object.keys(texts).filter((file) => dirname(file) === path);
      return names.length === 0 ? err(notThere) : ok(names.map((file) => basename(file)));
    },
  };
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'config-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

test('the files of the folder are read after the file, in name order, and the later wins', () => {
  const source = readSource(systemConfigFiles, 'full.ini', fixtures);
  expect(source.files.map(({ file }) => file.slice(fixtures.length))).toEqual([
    'full.ini',
    'full.d/10-interval.ini',
    'full.d/20-late.ini',
  ]);
  const resolved = resolveConfig({ flags, env: {}, source, machine: readMachine(), nowMs: Date.now });
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
  const resolved = resolveConfig({ flags, env: {}, source, machine: readMachine(), nowMs: Date.now });
  const told = resolved.ok ? [] : resolved.error.map(formatProblem);
  const expected = readFileSync(join(fixtures, 'misspelt.expected'), 'utf8').replaceAll(
    'FILE',
    join(fixtures, 'misspelt.ini'),
  );
  expect(`${told.join('\n')}\n`).toBe(expected);
});

test('the mode of a file comes with it', () => {
  writeFileSync(join(dir, 'x.ini'), '[collector]\napi_key = abc\n');
  chmodSync(join(dir, 'x.ini'), 0o640);
  expect(readSource(systemConfigFiles, join(dir, 'x.ini'), '/').files).toMatchObject([{ mode: 0o640 }]);
});

test('a missing file that -f names is reported as missing, and the folder beside it is read nevertheless', () => {
  mkdirSync(join(dir, 'x.d'));
  writeFileSync(join(dir, 'x.d/a.ini'), '[log]\n');
  const source = readSource(systemConfigFiles, 'x.ini', dir);
  expect(source).toMatchObject({ files: [{ file: join(dir, 'x.d/a.ini') }], problems: [] });
  const told = `-f: ${dir}/x.ini does not exist; it is read as soon as it exists`;
  expect(source.missing && formatProblem(source.missing)).toBe(told);
  expect(resolveConfig({ flags, env: {}, source, machine: readMachine(), nowMs: Date.now })).toMatchObject({
    ok: true,
    value: { warnings: [told] },
  });
});

test('the default file is looked for where nothing was asked for, and its absence is no matter', () => {
  const looked: string[] = [];
  const missing = (path: string) => {
    looked.push(path);
    return err(notThere);
  };
  const emptyMachine: ConfigFiles = {
    read: (path) => missing(path),
    list: (path) => missing(path),
  };
  expect(readSource(emptyMachine, null, '/srv')).toEqual({ files: [], problems: [], missing: null });
  expect(looked).toEqual([defaultFile, '/etc/instrumental.yml', '/etc/instrument_server.d']);
});

describe("the Ruby agent's file", () => {
  test('is read where nothing was asked for and the default file is missing, and the folder after it', () => {
    const files = {
      '/etc/instrumental.yml': 'api_key: abc\n',
      '/etc/instrument_server.d/a.ini': '[agent]\nhostname = a\n',
    };
    const source = readSource(filesOf(files), null, '/');
    expect(source.files.map(({ file }) => file)).toEqual(Object.keys(files));
    expect(resolveConfig({ flags, env: {}, source, machine: readMachine(), nowMs: Date.now })).toMatchObject({
      value: {
        config: { hostname: 'a', collector: { apiKey: { key: 'abc', origin: '/etc/instrumental.yml:1' } } },
        warnings: [],
      },
    });
  });

  test('is not looked at where there is the default file, or another was asked for', () => {
    const ruby = { '/etc/instrumental.yml': 'nonsense' };
    expect(readSource(filesOf({ ...ruby, [defaultFile]: '' }), null, '/').problems).toEqual([]);
    expect(readSource(filesOf(ruby), '/x.ini', '/')).toMatchObject({
      problems: [],
      missing: { wrong: '/x.ini does not exist' },
    });
  });

  test.each(['x.yml', 'x.yaml'])('is read where it was asked for, as %s, and has no folder beside it', (name) => {
    mkdirSync(join(dir, 'x.d'));
    writeFileSync(join(dir, 'x.d/a.ini'), 'nonsense');
    writeFileSync(join(dir, name), "---\napi_key: 'abc'\n", { mode: 0o644 });
    const source = readSource(systemConfigFiles, name, dir);
    expect(resolveConfig({ flags, env: {}, source, machine: readMachine(), nowMs: Date.now })).toMatchObject({
      value: {
        config: { collector: { apiKey: { key: 'abc', origin: `${dir}/${name}:2` } } },
        warnings: [`${dir}/${name} holds api_key, and its mode 0644 lets others read it: chmod 0600 '${dir}/${name}'`],
      },
    });
  });
});

test('a file without .ini at its end has no folder beside it', () => {
  mkdirSync(join(dir, 'conf.d'));
  writeFileSync(join(dir, 'conf.d/a.ini'), 'nonsense');
  writeFileSync(join(dir, 'conf'), '[log]\n');
  expect(readSource(systemConfigFiles, 'conf', dir)).toMatchObject({
    files: [{ file: join(dir, 'conf') }],
    problems: [],
  });
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

describe('what this user may not read is a problem that says who may not, and what to type', () => {
  const problemsAsNobody = (name: string) =>
    asNobody(dir, (user) =>
      readSource(systemConfigFiles, name, dir).problems.map((problem) =>
        formatProblem(problem).replaceAll(user, 'USER'),
      ),
    );

  test('a file', () => {
    writeFileSync(join(dir, "it's.ini"), '', { mode: 0o000 });
    expect(problemsAsNobody("it's.ini")).toEqual([
      `${dir}/it's.ini: can't be read: permission denied; expected a file that the user USER may read: sudo chown USER '${dir}/it'\\''s.ini'`,
    ]);
  });

  test('the folder of files', () => {
    mkdirSync(join(dir, 'x.d'), { mode: 0o000 });
    expect(problemsAsNobody('x.ini')).toEqual([
      `${dir}/x.d: can't be read: permission denied; expected a folder that the user USER may read: chmod a+rx '${dir}/x.d'`,
    ]);
  });

  test('a folder above the file', () => {
    mkdirSync(join(dir, 'a/b'), { recursive: true });
    chmodSync(join(dir, 'a'), 0o600);
    expect(problemsAsNobody('a/b/x.yml')).toEqual([
      `${dir}/a/b/x.yml: can't be read: permission denied; expected a file that the user USER may read: chmod a+x '${dir}/a'`,
    ]);
    chmodSync(join(dir, 'a'), 0o700);
  });
});

test('a folder that is none is a problem', () => {
  writeFileSync(join(dir, 'x.d'), '');
  expect(readSource(systemConfigFiles, 'x.ini', dir).problems.map(formatProblem)).toEqual([
    `${dir}/x.d: can't be read: not a directory; expected a folder that this user may read`,
  ]);
});

test('a file of more than 1 MiB is a problem that says what to look at, and is not read', () => {
  const path = join(dir, 'x.ini');
  writeFileSync(path, `[agent]\nhostname = web-1\n${'#'.repeat(1024 * 1024 - 25)}`);
  expect(readSource(systemConfigFiles, 'x.ini', dir)).toMatchObject({ files: [{ file: path }], problems: [] });
  appendFileSync(path, '#');
  const { files, problems } = readSource(systemConfigFiles, 'x.ini', dir);
  expect([files, problems.map(formatProblem)]).toEqual([
    [],
    [
      `${path}: is larger than 1 MiB; expected at most 1 MiB; ` +
        `see whether it is a configuration at all: head -n 20 '${path}'`,
    ],
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
