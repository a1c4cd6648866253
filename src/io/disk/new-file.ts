import { chmodSync, closeSync, fsyncSync, linkSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasEntry, moveToFreeName } from './free-name.ts';

/** What became of a file that was to be made. */
export type NewFile =
  | { readonly kind: 'made'; readonly sizeBytes: number; readonly gid: number }
  /** There is something at this path already: the file itself, or its unfinished form. */
  | { readonly kind: 'exists'; readonly path: string }
  /** `write` has failed, or the system has. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** Returns the path of a file while it is not complete. */
function unfinishedPath(path: string): string {
  return `${path}.part`;
}

/**
 * Makes a file with this mode that has its name only once it is complete and on the disk. `write`
 * fills the empty file that it is given. Nothing is replaced, and nothing is left behind, except by
 * a process that was ended meanwhile: an unfinished file, or that second name of a complete one.
 * Never throws.
 */
export function makeNewFile(path: string, write: (unfinished: string) => void, mode = 0o600): NewFile {
  const unfinished = unfinishedPath(path);
  try {
    if (hasEntry(path)) return { kind: 'exists', path };
    if (hasEntry(unfinished)) return { kind: 'exists', path: unfinished };
    closeSync(openSync(unfinished, 'wx', 0o600));
  } catch (error) {
    return { kind: 'failed', error };
  }
  try {
    write(unfinished);
    if (mode !== 0o600) chmodSync(unfinished, mode);
    sync(unfinished, 'r+'); // Windows syncs only what is open to be written
    const { size, gid } = statSync(unfinished);
    if (!moveToFreeName(unfinished, path, linkSync)) return { kind: 'exists', path };
    syncFolder(dirname(path));
    return { kind: 'made', sizeBytes: size, gid };
  } catch (error) {
    return { kind: 'failed', error };
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Does the same for a text. */
export function makeNewTextFile(path: string, text: string, mode: number): NewFile {
  return makeNewFile(path, (unfinished) => writeFileSync(unfinished, text), mode);
}

/**
 * Waits until the names in a folder are on the disk, where the system can do that: Windows can't,
 * and a folder may be closed to readers.
 */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  try {
    sync(folder, 'r');
  } catch {
    // the file is complete and has its name
  }
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const fd = openSync(path, flags);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
