import { createHash } from 'node:crypto';
import { chmodSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One entry of a package. `path` is absolute on the host; `mode` holds the permission bits. */
export type Entry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: string | Uint8Array }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'folder'; readonly path: string };

/** Creates an entry for a file, by default one that everyone may read. */
export function file(path: string, content: string | Uint8Array, mode = 0o644): Entry {
  return { kind: 'file', path, mode, content };
}

/**
 * Writes all entries below `tree`, an empty folder, with the time `atS`. The umask does not
 * matter.
 */
export function writeEntries(tree: string, entries: readonly Entry[], atS: number): void {
  const folders = new Set<string>();
  for (const entry of entries) {
    const path = join(tree, entry.path);
    const folder = entry.kind === 'folder' ? path : dirname(path);
    mkdirSync(folder, { recursive: true });
    for (let above = folder; above.startsWith(tree); above = dirname(above)) folders.add(above);
    if (entry.kind === 'link') symlinkSync(entry.target, path);
    if (entry.kind === 'file') {
      writeFileSync(path, entry.content);
      chmodSync(path, entry.mode);
    }
    if (entry.kind !== 'folder') lutimesSync(path, atS, atS);
  }
  for (const folder of folders) {
    chmodSync(folder, 0o755);
    lutimesSync(folder, atS, atS);
  }
}

/**
 * The output of `md5sum` for the files, as dpkg keeps it. Configuration files are left out,
 * because users change them.
 */
export function md5sums(entries: readonly Entry[]): string {
  const lines = entries.flatMap((entry) =>
    entry.kind === 'file' && !entry.path.startsWith('/etc/')
      ? [`${createHash('md5').update(entry.content).digest('hex')}  ${entry.path.slice(1)}\n`]
      : [],
  );
  return lines.sort((a, b) => (a.slice(34) < b.slice(34) ? -1 : 1)).join('');
}
