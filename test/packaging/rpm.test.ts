import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { tempDir } from '../helpers/temp-dir.ts';
import { findProgram } from '../integration/servers/server.ts';
import { titleOf } from '../integration/set-up.ts';
import { buildPackages, packageFolder } from './build.ts';
import { boundsOfQuick } from './documented-size.ts';

const programs = {
  rpmbuild: findProgram('rpmbuild'),
  rpm: findProgram('rpm'),
  rpm2archive: findProgram('rpm2archive'),
};
const isMissing = Object.values(programs).includes(null);
const architectures = ['amd64', 'arm64'] as const;
const machines = { amd64: 'x86_64', arm64: 'aarch64' };
const user = 'instrument_server';

describe.skipIf(isMissing)(titleOf('the package for RPM', programs), () => {
  let out = '';
  let again = '';
  let rpms: Readonly<Record<(typeof architectures)[number], string>>;
  beforeAll(() => {
    const folder = packageFolder();
    out = folder.out;
    const [amd64 = '', arm64 = ''] = buildPackages(out, ['rpm']);
    rpms = { amd64, arm64 };
    again = buildPackages(join(out, 'again'), ['rpm', 'amd64'])[0] ?? '';
    return folder.remove;
  });

  test('is built for each architecture, under the name that RPM gives it', () => {
    const version = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    const found = /"version": "([^"]+)"/.exec(version)?.[1]?.replace('-', '~');
    expect(Object.values(rpms)).toEqual(
      architectures.map((name) => join(out, `instrument-server-${found}-1.${machines[name]}.rpm`)),
    );
  });

  test('is the same to the byte when the same source is built again', () => {
    expect(digest(again)).toBe(digest(rpms.amd64));
  });

  test.each(architectures)('needs only libraries on %s, and is at most 45 MB to download', (architecture) => {
    const rpm = rpms[architecture];
    const required = query(rpm, '--requires').filter((line) => !line.startsWith('rpmlib(') && line !== '/bin/sh');
    expect([...new Set(required)].sort()).toEqual([
      'libc.so.6(GLIBC_2.28)(64bit)',
      'libstdc++.so.6(CXXABI_1.3.11)(64bit)',
      'shadow-utils',
    ]);
    expect(query(rpm, '--queryformat', '%{ARCH}')).toEqual([machines[architecture]]);
    expect(statSync(rpm).size).toBeLessThan(45e6);
  });

  test('has about the size for amd64 that docs/deployment.md says', () => {
    const { size } = statSync(rpms.amd64);
    const [least, most] = boundsOfQuick('rpm');
    expect(size).toBeGreaterThan(least);
    expect(size).toBeLessThan(most);
  });

  test.each(architectures)("holds %s's own Node and koffi, and one of each", (architecture) => {
    const machine = { amd64: 'x64', arm64: 'arm64' }[architecture];
    const dir = tempDir();
    execFileSync('sh', ['-c', `rpm2archive - <'${rpms[architecture]}' | tar -xzf - -C '${dir}'`]);
    const program = join(dir, 'usr/lib/instrument_server');
    const bindings = readdirSync(program, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.node$|^bin\/node$/.test(path))
      .sort();
    expect(bindings).toEqual([
      `agent/node_modules/@koromix/koffi-linux-${machine}/linux_${machine}/koffi.node`,
      'bin/node',
    ]);
    for (const path of bindings)
      expect(readFileSync(join(program, path)).readUInt16LE(18)).toBe({ amd64: 62, arm64: 183 }[architecture]); // e_machine of the ELF header
  });

  test('has every file where an administrator looks for it, with its mode and owner, closed to others where it matters', () => {
    const entries = query(
      rpms.amd64,
      '--queryformat',
      '[%{FILENAMES} %{FILEMODES:octal} %{FILEUSERNAME}:%{FILEGROUPNAME}\n]',
    );
    const owned = [
      `/etc/instrument_server.d 42750 root:${user}`,
      `/etc/instrument_server.ini 100640 root:${user}`,
      `/etc/instrumental_scripts 40700 ${user}:${user}`,
      `/var/lib/instrument_server 40700 ${user}:${user}`,
      `/var/log/instrument_server 40750 ${user}:${user}`,
    ];
    expect(entries.filter((line) => !line.endsWith(' root:root'))).toEqual(owned);
    for (const line of [
      '/etc/logrotate.d/instrument_server 100644 root:root',
      '/usr/bin/instrument_server 120777 root:root',
      '/usr/lib/instrument_server 40755 root:root',
      '/usr/lib/instrument_server/agent/dist/main.js 100755 root:root',
      '/usr/lib/instrument_server/bin/node 100755 root:root',
      '/usr/lib/systemd/system/instrument_server.service 100644 root:root',
      '/usr/share/bash-completion/completions/instrument_server 100644 root:root',
      '/usr/share/doc/instrument-server/docs/operation.md 100644 root:root',
      '/usr/share/fish/vendor_completions.d/instrument_server.fish 100644 root:root',
      '/usr/share/man/man1/instrument_server.1.gz 100644 root:root',
      '/usr/share/man/man5/instrument_server.ini.5.gz 100644 root:root',
      '/usr/share/zsh/site-functions/_instrument_server 100644 root:root',
    ])
      expect(entries).toContain(line);
    expect(query(rpms.amd64, '--configfiles')).toEqual([
      '/etc/instrument_server.ini',
      '/etc/logrotate.d/instrument_server',
    ]);
  });

  test('has scripts that are valid shell', () => {
    for (const tag of ['PREIN', 'POSTIN', 'PREUN', 'POSTUN']) {
      const script = query(rpms.amd64, '--queryformat', `%{${tag}}`).join('\n');
      expect(script).toContain('instrument_server');
      execFileSync('sh', ['-n'], { input: script });
    }
  });

  test.skipIf(process.getuid?.() !== 0)('is put whole into an empty tree by rpm, and uninstalled again', () => {
    const tree = tempDir();
    const rpm = (...args: readonly string[]) =>
      execFileSync('rpm', ['--root', tree, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    rpm('--install', '--nodeps', '--noscripts', '--ignorearch', rpms.amd64);
    expect(rpm('--query', '--all', '--queryformat', '%{NAME}\n')).toBe('instrument-server\n');
    expect(rpm('--verify', '--nodeps', '--noscripts', '--nouser', '--nogroup', 'instrument-server')).toBe('');
    const { mode } = statSync(join(tree, 'etc/instrument_server.ini'));
    expect(mode & 0o7777).toBe(0o640);
    rpm('--erase', '--nodeps', '--noscripts', 'instrument-server');
    const left = readdirSync(tree, { recursive: true, encoding: 'utf8' }).filter((path) => /instrument/.test(path));
    expect(left).toEqual([]);
  });
});

function query(rpm: string, ...args: readonly string[]): readonly string[] {
  const printed = execFileSync('rpm', ['--query', '--package', ...args, rpm], { encoding: 'utf8' });
  return printed.split('\n').filter((line) => line !== '');
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
