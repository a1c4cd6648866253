import { type Stats, statSync } from 'node:fs';
import { libc } from '../libc.ts';

/*
 * Looks at files that come several a run: what Node's `stat` makes of one is a kilobyte of garbage. Where the C library can be called, a look leaves none.
 */

/**
 * Equal for two looks at a path between which nobody wrote to it, replaced, chmodded or chowned it; only for comparing with another that this function gave. Null: it can't be
 * looked at. Links are followed. Never throws.
 */
export function appearanceOf(path: string): string | null {
  const library = libc();
  if (library?.canLook) return library.look(path) ? library.lookedLike() : null;
  try {
    return fingerprintOf(statSync(path));
  } catch {
    return null;
  }
}

/** The size of a file in bytes; null: it is not there, or can't be looked at. Never throws. */
export function fileSizeBytes(path: string): number | null {
  const library = libc();
  if (library?.canLook) return library.look(path) ? library.lookedSize() : null;
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? null;
  } catch {
    return null; // its folder was closed to us
  }
}

/** The fingerprint of what `stat` said, wherever it was asked. Its times are exact to a quarter of a microsecond, which is less than any clock of a file system. */
export function fingerprintOf(s: Stats): string {
  return `${s.dev}:${s.ino}:${s.mode}:${s.uid}:${s.size}:${s.mtimeMs}:${s.ctimeMs}`;
}
