import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { thisArchitecture } from '../../packaging/contents.ts';
import { startProgram } from '../helpers/agent.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { findProgram } from '../integration/servers/server.ts';
import { titleOf } from '../integration/set-up.ts';
import { buildPackages, packageFolder } from './build.ts';
import { boundsOfQuick } from './documented-size.ts';
import { brokenLinks } from './packed-links.ts';

const dpkgDeb = findProgram('dpkg-deb');
const architectures = ['amd64', 'arm64'] as const;

describe.skipIf(dpkgDeb === null)(titleOf('the Debian package', { 'dpkg-deb': dpkgDeb }), () => {
  let out = '';
  let debs: readonly string[] = [];
  let again: readonly string[] = [];
  const deb = (architecture: string, name = 'instrument-server') =>
    debs.find((path) => path.endsWith(`/${name}_${version().replace('-', '~')}_${architecture}.deb`)) ?? '';
  beforeAll(() => {
    const folder = packageFolder();
    out = folder.out;
    debs = buildPackages(out, ['deb', 'nodeless']);
    again = buildPackages(join(out, 'again'), ['deb', 'nodeless', 'amd64']);
    return folder.remove;
  });

  test('is built with and without Node for each architecture, under the name that Debian gives it, with checksums', () => {
    expect(debs).toEqual(
      architectures
        .flatMap((name) => [deb(name), deb(name, 'instrument-server-nodeless')])
        .map((path) => path || 'none'),
    );
    expect(execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' })).toBe(
      debs
        .map((path) => `${path.slice(out.length + 1)}: OK\n`)
        .sort()
        .join(''),
    );
  });

  test('is the same to the byte when the same source is built again', () => {
    expect(again.map(digest)).toEqual(debs.filter((path) => path.includes('_amd64')).map(digest));
  });

  test.each(architectures)('needs only libraries on %s, and is at most 45 MB to download', (architecture) => {
    const field = (name: string) => dpkg('-f', deb(architecture), name);
    expect(field('Architecture')).toBe(architecture);
    expect(field('Depends')).toBe('libc6 (>= 2.28), libstdc++6 (>= 7), passwd');
    expect(Number(field('Installed-Size'))).toBeGreaterThan(100_000);
    expect(statSync(deb(architecture)).size).toBeLessThan(45e6);
  });

  test('has about the size for amd64 that docs/deployment.md says, with and without Node', () => {
    for (const [kind, name] of [
      ['deb', 'instrument-server'],
      ['nodeless', 'instrument-server-nodeless'],
    ] as const) {
      const { size } = statSync(deb('amd64', name));
      const [least, most] = boundsOfQuick(kind);
      expect(size, kind).toBeGreaterThan(least);
      expect(size, kind).toBeLessThan(most);
    }
  });

  test.each(architectures)(
    'asks for Node 20 on %s if it is without Node, and takes the place of the other',
    (architecture) => {
      const field = (name: string) => dpkg('-f', deb(architecture, 'instrument-server-nodeless'), name);
      expect(field('Depends')).toBe('nodejs (>= 20.19), libc6 (>= 2.29), libstdc++6 (>= 7), passwd');
      expect(field('Conflicts')).toBe('instrument-server');
      expect(statSync(deb(architecture, 'instrument-server-nodeless')).size).toBeLessThan(3e6);
      const machine = { amd64: 'x64', arm64: 'arm64' }[architecture];
      const bindings = list(deb(architecture, 'instrument-server-nodeless')).filter(({ path }) =>
        path.endsWith('.node'),
      );
      expect(bindings.map(({ path }) => path.replace('/usr/lib/instrument_server/agent/', '')).sort()).toEqual([
        `node_modules/@koromix/koffi-linux-${machine}/linux_${machine}/koffi.node`,
        `prebuilds/linux-${machine}/@photostructure+sqlite.glibc.node`,
      ]);
    },
  );

  test.each(architectures)(
    "holds Node and one binding of koffi, both %s's own as is Node, and nothing that a user other than root may write",
    (architecture) => {
      const entries = list(deb(architecture));
      const bindings = entries.filter(({ path }) => path.endsWith('.node') || path.endsWith('/bin/node'));
      const machine = { amd64: 'x64', arm64: 'arm64' }[architecture];
      const koffi = `node_modules/@koromix/koffi-linux-${machine}/linux_${machine}/koffi.node`;
      expect(bindings.map(({ path }) => path.replace('/usr/lib/instrument_server/', '')).sort()).toEqual([
        `agent/${koffi}`,
        'bin/node',
      ]);
      for (const { path } of bindings) {
        const content = execFileSync(
          'sh',
          ['-c', `dpkg-deb --fsys-tarfile '${deb(architecture)}' | tar -xOf - '.${path}'`],
          {
            maxBuffer: 2 ** 28,
          },
        );
        expect(content.readUInt16LE(18)).toBe({ amd64: 62, arm64: 183 }[architecture]); // e_machine of the ELF header
      }
      expect(
        entries.filter(
          ({ owner, mode }) => owner !== 'root/root' || (mode[0] !== 'l' && /^.....w|^........w/.test(mode)),
        ),
      ).toEqual([]);
    },
  );

  test('has every file where an administrator looks for it, with its mode', () => {
    const modes = new Map(list(deb('amd64')).map(({ path, mode }) => [path, mode]));
    expect(
      Object.entries({
        '/etc/instrument_server.d/': 'drwxr-xr-x',
        '/etc/instrument_server.ini': '-rw-r-----',
        '/etc/logrotate.d/instrument_server': '-rw-r--r--',
        '/lib/systemd/system/instrument_server.service': '-rw-r--r--',
        '/usr/bin/instrument_server': 'lrwxrwxrwx',
        '/usr/lib/instrument_server/agent/dist/main.js': '-rwxr-xr-x',
        '/usr/lib/instrument_server/bin/node': '-rwxr-xr-x',
        '/usr/share/bash-completion/completions/instrument_server': '-rw-r--r--',
        '/usr/share/doc/instrument-server/changelog.gz': '-rw-r--r--',
        '/usr/share/doc/instrument-server/config/instrument_server.ini': '-rw-r--r--',
        '/usr/share/doc/instrument-server/copyright': '-rw-r--r--',
        '/usr/share/doc/instrument-server/docs/operation.md': '-rw-r--r--',
        '/usr/share/doc/instrument-server/examples/alerting/check_instrument_server.sh': '-rwxr-xr-x',
        '/usr/share/doc/instrument-server/packaging/alerts/grafana-dashboard.json': '-rw-r--r--',
        '/usr/share/doc/instrument-server/packaging/alerts/instrument_server.rules.yml': '-rw-r--r--',
        '/usr/share/fish/vendor_completions.d/instrument_server.fish': '-rw-r--r--',
        '/usr/share/man/man1/instrument_server.1.gz': '-rw-r--r--',
        '/usr/share/man/man5/instrument_server.ini.5.gz': '-rw-r--r--',
        '/usr/share/zsh/vendor-completions/_instrument_server': '-rw-r--r--',
      }).filter(([path, mode]) => modes.get(path) !== mode),
    ).toEqual([]);
    expect(dpkg('-I', deb('amd64'), 'conffiles').split('\n')).toEqual([
      '/etc/instrument_server.ini',
      '/etc/logrotate.d/instrument_server',
    ]);
  });

  test('has what its pages link to', () => {
    const docs = `${unpack().tree}/usr/share/doc/instrument-server`;
    expect(existsSync(`${docs}/README.md`)).toBe(true);
    expect(brokenLinks(docs)).toEqual([]);
  });

  test('names the licence of each package that is in the program', () => {
    const { tree } = unpack();
    const copyright = readFileSync(`${tree}/usr/share/doc/instrument-server/copyright`, 'utf8');
    for (const name of ['chokidar', 'commander', 'ini', 'p-queue', 'pino', 'smol-toml'])
      expect(copyright).toMatch(new RegExp(`^== ${name}\n\n[^=]*(MIT|ISC|Copyright)`, 'm'));
  });

  test('has a checksum of each file but those that are there to be changed', () => {
    const { tree } = unpack();
    const sums = dpkg('-I', deb('amd64'), 'md5sums').split('\n');
    const files = list(deb('amd64')).filter(({ mode, path }) => mode.startsWith('-') && !path.startsWith('/etc/'));
    expect(sums.length).toBe(files.length);
    expect(
      execFileSync('md5sum', ['--check', '--quiet', '-'], { cwd: tree, input: sums.join('\n'), encoding: 'utf8' }),
    ).toBe('');
  });

  test('sets in its configuration what it has made, and leaves the rest a comment', () => {
    const { tree } = unpack();
    const lines = readFileSync(`${tree}/etc/instrument_server.ini`, 'utf8').split('\n');
    expect(lines.filter((line) => /^[^#;]/.test(line))).toEqual([
      '[agent]',
      'state_dir = /var/lib/instrument_server',
      '[collector]',
      '[spool]',
      '[scripts]',
      'enabled = true',
      'location = /etc/instrumental_scripts',
      'withhold_env = INSTRUMENTAL_TOKEN, NOTIFY_SOCKET, WATCHDOG_PID, WATCHDOG_USEC',
      '[env]',
      '[log]',
      '[dashboard]',
    ]);
  });

  test.each([
    ['instrument-server', '/usr/lib/instrument_server/bin/node'],
    ['instrument-server-nodeless', null],
  ])('%s runs the agent that is in it: a script that is dropped in reports to the collector', async (name, node) => {
    const { tree, dir } = unpack(name);
    const collector = await fakeCollector();
    const scripts = join(dir, 'scripts');
    mkdirSync(scripts, { mode: 0o700 });
    const file = join(dir, 'agent.ini');
    writeFileSync(
      file,
      `[agent]\nhostname = web-1\nreport_interval = 1s\nstate_dir = ${dir}/state\n[collector]\napi_key = abc\naddress = tcp://127.0.0.1:${collector.port}\n[scripts]\nenabled = true\nlocation = ${scripts}\n`,
      { mode: 0o600 },
    );
    const main = `${tree}/usr/bin/instrument_server`;
    const agent = startProgram(['-f', file], { main, cwd: dir, ...(node && { node: `${tree}${node}` }) });
    await agent.event('daemon.started');
    writePlugin(scripts, 'dropped.sh', '#!/bin/sh\necho "answer 42"\n');
    await collector.until(({ lines }) => lines.some((line) => line.startsWith('gauge web-1.dropped.answer 42 ')));
    await collector.until(({ lines }) => lines.some((line) => line.startsWith('gauge web-1.memory.free_mb ')));
    expect(collector.connections[0]?.hello).toContain(`version node/instrument_server/${version()} `);
    expect(statSync(`${dir}/state/instrument_server.db`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`/proc/${agent.process.pid}/maps`, 'utf8')).toContain(
      `${tree}/usr/lib/instrument_server/agent/node_modules/@koromix/`,
    );
    agent.process.kill('SIGTERM');
    expect(await agent.exit).toBe(0);
    expect(agent.stderr()).toBe('');
    await collector.close();
  });

  /** The package of this machine's architecture in a folder of its own. */
  function unpack(name?: string): { readonly dir: string; readonly tree: string } {
    const dir = tempDir();
    const tree = join(dir, 'tree');
    dpkg('-x', deb(thisArchitecture(), name), tree);
    return { dir, tree };
  }
});

function dpkg(...args: readonly string[]): string {
  return execFileSync('dpkg-deb', args, { encoding: 'utf8' }).trim();
}

function list(deb: string): readonly { readonly mode: string; readonly owner: string; readonly path: string }[] {
  return dpkg('-c', deb)
    .split('\n')
    .map((line) => {
      const [, mode = '', owner = '', path = ''] = /^(\S+) (\S+) .*? \.(\/.*?)(?: -> .*)?$/.exec(line) ?? [];
      return { mode, owner, path };
    });
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function version(): string {
  return /"version": "([^"]+)"/.exec(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))?.[1] ?? '';
}
