import type { DirectoryRejection } from '../model/plugin.ts';
import type { Scan } from './scan.ts';

/** Why the scripts of the directory with this inode are run from elsewhere; null: they are not. */
export type Taken = (inode: string) => DirectoryRejection | null;

/** The same scan of a directory; rejected, without its scripts, if these are run from elsewhere. */
export function unlessTaken(scan: Scan, taken?: Taken): Scan {
  const rejection = scan.inode === null ? null : (taken?.(scan.inode) ?? null);
  if (rejection === null) return scan;
  return { ...scan, rejection, fingerprint: null, inode: null, scripts: new Map(), files: new Set(), entries: [] };
}
