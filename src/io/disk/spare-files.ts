import { renameSync, rmSync } from 'node:fs';
import { makePrivateDirectory } from './files.ts';

const mostSpares = 256; // a commit frees about as many files at once as runs end in its 50 ms
const largestSpareBytes = 65_536;

/** Files that were removed and wait to be written over. */
type SpareFile = { readonly path: string; readonly sizeBytes: number };

/**
 * Keeps removed files in a folder of their own, to be renamed and written over. On ext4, a file
 * that is made where others were removed lately costs half a millisecond, a rename a thirtieth of
 * that. Used by `output-files.ts`.
 */
export class SpareFiles {
  readonly #dir: string;
  readonly #files: SpareFile[] = [];
  #hasFolder = false;

  /** Removes the spare files of a former agent. Throws the system's error. */
  constructor(dir: string) {
    this.#dir = dir;
    rmSync(dir, { recursive: true, force: true });
  }

  /** Whether a file of this size is worth keeping, and there is room for it. */
  hasRoomFor(sizeBytes: number): boolean {
    return sizeBytes <= largestSpareBytes && this.#files.length < mostSpares;
  }

  /** Moves the file `name` at `path` here. Throws the system's error. */
  put(path: string, name: string, sizeBytes: number): void {
    if (!this.#hasFolder) makePrivateDirectory(this.#dir);
    this.#hasFolder = true;
    const sparePath = `${this.#dir}/${name}`;
    renameSync(path, sparePath);
    this.#files.push({ path: sparePath, sizeBytes });
  }

  /** Moves a spare file to `path` and returns its size in bytes; null if there is none. */
  take(path: string): number | null {
    const spare = this.#files.pop();
    return spare !== undefined && isMoved(spare.path, path) ? spare.sizeBytes : null;
  }
}

/** Whether a file could be renamed: another process may have removed it. */
function isMoved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}
