import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Architecture, type BuildSource, systemEntries, systemVersion } from './contents.ts';
import { type Entry, writeEntries } from './entry.ts';

const machines: Readonly<Record<Architecture, string>> = { amd64: 'x86_64', arm64: 'aarch64' };
const user = 'instrument_server';

/** Modes and owners of what is not root's alone, by path. */
const owned: Readonly<Record<string, string>> = {
  '/etc/instrument_server.ini': `%config(noreplace) %attr(0640, root, ${user}) `,
  '/etc/logrotate.d/instrument_server': '%config(noreplace) ',
  '/etc/instrument_server.d': `%dir %attr(2750, root, ${user}) `,
  '/etc/instrumental_scripts': `%dir %attr(0700, ${user}, ${user}) `,
  '/var/lib/instrument_server': `%dir %attr(0700, ${user}, ${user}) `,
  '/var/log/instrument_server': `%dir %attr(0750, ${user}, ${user}) `,
};

/** Folders that go with the package if they are empty then: its own, and those of shells. */
const ownFolders = [
  '/usr/lib/instrument_server',
  '/usr/share/doc/instrument-server',
  '/usr/share/bash-completion',
  '/usr/share/fish',
  '/usr/share/zsh',
];
/** Folders that the package makes empty. */
const folders = ['/etc/instrumental_scripts', '/var/lib/instrument_server', '/var/log/instrument_server'];

/**
 * Builds a package for RPM into `out`, and returns its path. Any machine can build for each
 * architecture. Throws if `rpmbuild` is not there.
 */
export function buildRpm(source: BuildSource, architecture: Architecture, node: Uint8Array, out: string): string {
  const { packing, root, release } = source;
  const entries: readonly Entry[] = [
    ...systemEntries(source, architecture, node, { units: '/usr/lib/systemd/system', zsh: 'site-functions' }),
    ...folders.map((path) => ({ kind: 'folder', path }) as const),
  ];
  const machine = machines[architecture];
  const work = mkdtempSync(join(tmpdir(), 'instrument-server-rpm-'));
  try {
    const tree = join(work, 'tree');
    mkdirSync(tree);
    writeEntries(tree, entries, release.atS);
    const spec = join(work, 'instrument-server.spec');
    const fields: Readonly<Record<string, string>> = {
      VERSION: systemVersion(release),
      MAINTAINER: release.maintainer,
      LIBRARIES: 'libc.so.6(GLIBC_2.28)(64bit), libstdc++.so.6(CXXABI_1.3.11)(64bit)',
      TREE: tree,
      FILES: fileLines(entries).join('\n'),
    };
    writeFileSync(
      spec,
      readFileSync(join(root, 'packaging/rpm/instrument-server.spec'), 'utf8').replace(
        /@([A-Z]+)@/g,
        (mark, field) => fields[field] ?? mark,
      ),
    );
    const settings = {
      _topdir: join(work, 'top'),
      _buildhost: 'localhost',
      _build_id_links: 'none',
      _binary_payload: `w${packing}.xzdio`,
      __os_install_post: '%{nil}',
      use_source_date_epoch_as_buildtime: '1',
      clamp_mtime_to_source_date_epoch: '1',
    };
    execFileSync(
      'rpmbuild',
      [
        '-bb',
        '--quiet',
        `--target=${machine}-linux`,
        ...Object.entries(settings).flatMap(([name, value]) => ['--define', `${name} ${value}`]),
        spec,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, SOURCE_DATE_EPOCH: String(release.atS) } },
    );
    const name = `${release.name}-${systemVersion(release)}-1.${machine}.rpm`;
    cpSync(join(work, 'top/RPMS', machine, name), join(out, name));
    return join(out, name);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** RPM removes only the folders that are listed. */
function fileLines(entries: readonly Entry[]): readonly string[] {
  const listed = new Set<string>();
  for (const { path } of entries)
    for (let above = dirname(path); ownFolders.some((own) => `${above}/`.startsWith(`${own}/`)); above = dirname(above))
      listed.add(above);
  return [
    '%defattr(-, root, root, 0755)',
    ...[...listed].sort().map((path) => `%dir "${path}"`),
    ...entries.map(({ path }) => `${owned[path] ?? ''}"${path}"`),
  ];
}
