import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Architecture,
  type BuildSource,
  completionEntries,
  documentEntries,
  manualEntries,
  nodeArchitectures,
  programEntries,
} from './contents.ts';
import { type Entry, file, writeEntries } from './entry.ts';

/**
 * Builds an archive with `install.sh` into `out`, for any Linux with glibc. Returns its path.
 * `files/` holds what is installed below a prefix, and `SHA256SUMS` the checksum of each of these
 * files.
 */
export function buildTarball(source: BuildSource, architecture: Architecture, node: Uint8Array, out: string): string {
  const { packing, root, release } = source;
  const machine = `linux-${nodeArchitectures[architecture]}`;
  const name = `${release.name}-${release.version}-${machine}`;
  const installed = [
    ...programEntries(source, architecture, '/lib/instrument_server', node),
    ...documentEntries(source, '/share/doc/instrument_server', true),
    ...manualEntries(source, '/share'),
    ...completionEntries('/share', 'site-functions'),
  ].map((entry) => ({ ...entry, path: `/files${entry.path}` }));
  const script = readFileSync(join(root, 'packaging/tarball/install.sh'), 'utf8').replace('@MACHINE@', machine);
  const entries: readonly Entry[] = [
    ...installed,
    file('/SHA256SUMS', sha256sums(installed)),
    file('/install.sh', script, 0o755),
  ];
  const work = mkdtempSync(join(tmpdir(), 'instrument-server-tar-'));
  try {
    mkdirSync(join(work, name));
    writeEntries(join(work, name), entries, release.atS);
    const path = join(out, `${name}.tar.gz`);
    const format = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${release.atS}`];
    execFileSync('tar', [...format, `--use-compress-program=gzip -${packing}n`, '-cf', path, '-C', work, name]);
    return path;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function sha256sums(entries: readonly Entry[]): string {
  const lines = entries.flatMap((entry) =>
    entry.kind === 'file' ? [`${createHash('sha256').update(entry.content).digest('hex')}  .${entry.path}\n`] : [],
  );
  return lines.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join('');
}
