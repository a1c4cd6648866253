import { lstatSync, type Stats, statSync } from 'node:fs';
import { libc } from '../libc.ts';

/*
 * Looks at files that happen several times a run. A `stat` by Node makes a kilobyte of garbage.
 * Where the C library can be called, a look makes hardly any.
 */

/**
 * Returns a text that stays the same until the file at `path` is written to, replaced, chmodded or
 * chowned; null if the path can't be looked at. To be compared only with other texts of this
 * function, never with those of `fingerprintOf`. Follows links. Never throws.
 */
export function fingerprintAt(path: string): string | null {
  const look = libc()?.fileLook;
  if (look) return look.fingerprint(path);
  try {
    return fingerprintOf(statSync(path));
  } catch {
    return null;
  }
}

/**
 * Returns a text that stays the same while an entry has its owner, group, mode and access list, and
 * is not replaced by another one; a link is not followed. What happens in a folder does not change
 * it, unless its group can write there. Null if it can't be looked at. Never throws.
 */
export function entryFingerprintAt(path: string): string | null {
  const look = libc()?.fileLook;
  if (look) return look.entry(path);
  try {
    const s = lstatSync(path);
    const isTimed = s.isSymbolicLink() || (s.mode & 0o1020) === 0o020;
    const changed = isTimed ? s.ctimeMs : '';
    return `${s.dev}:${s.ino}:${s.mode}:${s.uid}:${s.gid}:${changed}`;
  } catch {
    return null;
  }
}

/**
 * Returns the size of a file in bytes; null if it is missing or can't be looked at. Never throws.
 */
export function fileSizeBytes(path: string): number | null {
  const look = libc()?.fileLook;
  if (look) return look.sizeBytes(path);
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? null;
  } catch {
    return null; // this user may not enter its folder
  }
}

/**
 * Returns the fingerprint that a result of `stat` has. Its times are exact to a quarter of a
 * microsecond, which is finer than the clock of any file system.
 */
export function fingerprintOf(s: Stats): string {
  return `${s.dev}:${s.ino}:${s.mode}:${s.uid}:${s.size}:${s.mtimeMs}:${s.ctimeMs}`;
}
