import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What became of a file that was to be made. */
export type NewFile =
  | { readonly kind: 'made'; readonly sizeBytes: number }
  /** There is something at this path already: the file itself, or its unfinished form. */
  | { readonly kind: 'exists'; readonly path: string }
  /** `write` has failed, or the system has. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** Returns the path of a file while it is not complete. */
function unfinishedPath(path: string): string {
  return `${path}.part`;
}

/**
 * Makes a file with mode 0600 that has its name only once it is complete and on the disk. `write`
 * fills the empty file that it is given. Nothing is replaced, and nothing is left behind, except by
 * a process that was ended meanwhile: an unfinished file. Never throws.
 */
export function makeNewFile(path: string, write: (unfinished: string) => void): NewFile {
  const unfinished = unfinishedPath(path);
  try {
    if (isThere(path)) return { kind: 'exists', path };
    if (isThere(unfinished)) return { kind: 'exists', path: unfinished };
    closeSync(openSync(unfinished, 'wx', 0o600));
  } catch (error) {
    return { kind: 'failed', error };
  }
  try {
    write(unfinished);
    sync(unfinished);
    const { size } = statSync(unfinished);
    if (isThere(path)) return { kind: 'exists', path };
    renameSync(unfinished, path);
    sync(dirname(path));
    return { kind: 'made', sizeBytes: size };
  } catch (error) {
    return { kind: 'failed', error };
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Waits until a file, or the names in a folder, are on the disk. */
function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
