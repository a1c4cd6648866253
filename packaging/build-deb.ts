import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleProgram } from './bundle.ts';
import {
  type Architecture,
  architectures,
  debianVersion,
  koffiFiles,
  packageContents,
  type Release,
  sourceVersion,
} from './contents.ts';
import { type Entry, md5sums, writeEntries } from './entry.ts';

/**
 * `npm run package:deb -- [--out DIR] [--version VERSION] [amd64] [arm64]` builds a Debian package
 * for each architecture (default: both) and prints their paths. The maintainer is `$DEBFULLNAME
 * <$DEBEMAIL>`. With `$SOURCE_DATE_EPOCH` set, the same source gives the same bytes.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, version: { type: 'string' } },
});
const wanted = architectures.filter((name) => positionals.length === 0 || positionals.includes(name));
if (positionals.some((name) => !wanted.some((known) => known === name)))
  throw new Error(`expected ${architectures.join(' or ')}`);

const { env } = process;
const release: Release = {
  name: 'instrument-server',
  version: values.version ?? sourceVersion(root),
  maintainer: `${env['DEBFULLNAME'] ?? 'the instrument-server authors'} <${env['DEBEMAIL'] ?? 'nobody@instrument-server.invalid'}>`,
  atS: Number(env['SOURCE_DATE_EPOCH'] ?? Math.floor(Date.now() / 1000)),
};
const out = resolve(values.out ?? join(root, 'build'));
mkdirSync(out, { recursive: true });
const bundle = await bundleProgram(root, '/usr/bin/node');
for (const architecture of wanted) {
  if (koffiFiles(root, architecture).length === 0)
    process.stderr.write(
      `${architecture}: built without koffi, because its binding is not installed; see docs/deployment.md\n`,
    );
  process.stdout.write(`${buildPackage(architecture, packageContents(root, bundle, architecture, release))}\n`);
}

function buildPackage(architecture: Architecture, entries: readonly Entry[]): string {
  const tree = mkdtempSync(join(tmpdir(), 'instrument-server-deb-'));
  try {
    writeEntries(tree, entries, release.atS);
    writeControl(join(tree, 'DEBIAN'), architecture, entries);
    const path = join(out, `${release.name}_${debianVersion(release)}_${architecture}.deb`);
    execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree, path], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...env, SOURCE_DATE_EPOCH: String(release.atS) },
    });
    return path;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function writeControl(folder: string, architecture: Architecture, entries: readonly Entry[]): void {
  const source = join(root, 'packaging/debian');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o644);
  };
  const sizeKiB = entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' ? Math.ceil(entry.content.length / 1024) : 1),
    0,
  );
  const fields = {
    VERSION: debianVersion(release),
    ARCHITECTURE: architecture,
    MAINTAINER: release.maintainer,
    SIZE: String(sizeKiB),
  };
  write(
    'control',
    readFileSync(join(source, 'control'), 'utf8').replace(
      /@([A-Z]+)@/g,
      (mark, name) => Object.entries(fields).find(([field]) => field === name)?.[1] ?? mark,
    ),
  );
  write(
    'conffiles',
    entries
      .flatMap((entry) => (entry.kind === 'file' && entry.path.startsWith('/etc/') ? [`${entry.path}\n`] : []))
      .join(''),
  );
  write('md5sums', md5sums(entries));
  for (const name of ['postinst', 'prerm', 'postrm']) {
    cpSync(join(source, name), join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
}
