import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Architecture, type BuildSource, debianChangelog, systemEntries, systemVersion } from './contents.ts';
import { type Entry, file, md5sums, writeEntries } from './entry.ts';

/**
 * Builds a Debian package into `out`, and returns its path. With `node`, it is the package that
 * brings Node along; null: the small one, which needs the system's.
 */
export function buildDeb(
  source: BuildSource,
  architecture: Architecture,
  node: Uint8Array | null,
  out: string,
): string {
  const { packing, release } = source;
  const name = node === null ? `${release.name}-nodeless` : release.name;
  const entries = [
    ...systemEntries(source, architecture, node, { units: '/lib/systemd/system', zsh: 'vendor-completions' }),
    file(`/usr/share/doc/${release.name}/changelog.gz`, debianChangelog(release, name)),
  ];
  const tree = mkdtempSync(join(tmpdir(), 'instrument-server-deb-'));
  try {
    writeEntries(tree, entries, release.atS);
    writeControl(source, join(tree, 'DEBIAN'), { name, architecture, hasNode: node !== null }, entries);
    const path = join(out, `${name}_${systemVersion(release)}_${architecture}.deb`);
    execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', `-z${packing}`, '--build', tree, path], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, SOURCE_DATE_EPOCH: String(release.atS) },
    });
    return path;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

type DebKind = { readonly name: string; readonly architecture: Architecture; readonly hasNode: boolean };

function writeControl(
  { root, release }: BuildSource,
  folder: string,
  { name, architecture, hasNode }: DebKind,
  entries: readonly Entry[],
): void {
  const from = join(root, 'packaging/debian');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const write = (entry: string, text: string) => {
    writeFileSync(join(folder, entry), text);
    chmodSync(join(folder, entry), 0o644);
  };
  const sizeKiB = entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' ? Math.ceil(entry.content.length / 1024) : 1),
    0,
  );
  const other = hasNode ? `${release.name}-nodeless` : release.name;
  const fields: Readonly<Record<string, string>> = {
    NAME: name,
    VERSION: systemVersion(release),
    ARCHITECTURE: architecture,
    MAINTAINER: release.maintainer,
    SIZE: String(sizeKiB),
    NODE: hasNode ? '' : 'nodejs (>= 20.19), ',
    GLIBC: hasNode ? '2.28' : '2.29', // SQLite's prebuilt library needs the newer one
    OTHER: other,
    WITH: hasNode
      ? 'This package brings its own Node.js along.'
      : `This package uses the system's Node.js; ${release.name} brings its own.`,
  };
  write(
    'control',
    readFileSync(join(from, 'control'), 'utf8').replace(/@([A-Z]+)@/g, (mark, field) => fields[field] ?? mark),
  );
  write(
    'conffiles',
    entries
      .flatMap((entry) => (entry.kind === 'file' && entry.path.startsWith('/etc/') ? [`${entry.path}\n`] : []))
      .join(''),
  );
  write('md5sums', md5sums(entries));
  for (const script of ['postinst', 'prerm', 'postrm']) {
    cpSync(join(from, script), join(folder, script));
    chmodSync(join(folder, script), 0o755);
  }
}
