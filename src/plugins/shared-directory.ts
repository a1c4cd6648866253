import type { Scan } from './scan.ts';

/**
 * The same scan of a directory; rejected, without its scripts, if it is also another one. `alsoIs`
 * says which other one has an inode; null: none has.
 */
export function unlessShared(scan: Scan, path: string, alsoIs?: (inode: string) => string | null): Scan {
  const by = scan.inode === null ? null : (alsoIs?.(scan.inode) ?? null);
  if (by === null) return scan;
  const rejection = { kind: 'shared', path, by } as const;
  return { ...scan, rejection, fingerprint: null, inode: null, scripts: new Map(), entries: [] };
}
