import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { failure, makePrivateDirectory } from './files.ts';
import { fileSizeBytes } from './fingerprint.ts';

const chunkBytes = 65_536;
const mostSpares = 256; // a commit frees about as many files at once as runs end in its 50 ms
const largestSpareBytes = 65_536;
const checksumMark = '~';

/** A private file that is being written. */
export type OutputFile = {
  readonly name: string;
  /** Adds bytes, all of them or none. Throws what the system says. */
  append(bytes: Uint8Array): void;
  close(): void;
};

/** Private files in one folder, each written once under a name of its own and removed later: the kept outputs of plugins. */
export type OutputFiles = {
  /** The file's absolute path. */
  pathOf(name: string): string;
  /** Begins a new file with mode 0600. Throws what the system says. */
  create(): OutputFile;
  /** Keeps bytes in a file with mode 0600, whose name holds their checksum, and gives that name. Throws what the system says, and leaves nothing then. */
  keep(bytes: Uint8Array): string;
  /** Whether a file that `keep` has made is there and holds what it was given: a machine that lost its power may have written the name and not the bytes. True of other files. Never throws. */
  isIntact(name: string): boolean;
  /** The file's bytes from its beginning, as often as asked. A chunk is overwritten by the next. Nothing if there is no such file; throws what else the system says. */
  chunks(name: string): Iterable<Uint8Array>;
  /** Never throws; a file that is not there is removed already. One of which the size is given, and is small, is written over later. */
  remove(name: string, sizeBytes?: number): void;
  /** Null if it is not there, or can't be looked at. */
  sizeOf(name: string): number | null;
  /** All names. */
  list(): readonly string[];
};

/**
 * Keeps files in `dir`, which is made when missing, with mode 0700. `life` is part of their names: those of two lives of the agent
 * never meet. Files that were removed wait in `DIR.spare` to be written over: on ext4 a file that is made where others were removed
 * lately costs half a millisecond, a rename a thirtieth of that. Throws if `dir` can't be made.
 */
export function openOutputFiles(dir: string, life: string): OutputFiles {
  makePrivateDirectory(dir);
  const spareDir = `${dir}.spare`;
  rmSync(spareDir, { recursive: true, force: true });
  const pathOf = (name: string) => `${dir}/${name}`;
  const spares: { readonly path: string; readonly sizeBytes: number }[] = [];
  let created = 0;
  let hasSpareDir = false;

  function nextName(): string {
    created += 1;
    return `${life}-${created}`;
  }

  /** A new file, or one to be written over, and how much is in it. */
  function open(path: string): { readonly fd: number; readonly usedBytes: number } {
    const spare = spares.pop();
    if (spare !== undefined && isMoved(spare.path, path))
      return { fd: openSync(path, 'r+'), usedBytes: spare.sizeBytes };
    return { fd: openSync(path, 'wx', 0o600), usedBytes: 0 };
  }

  /** Puts a file by. Throws what the system says. */
  function spare(name: string, sizeBytes: number) {
    if (!hasSpareDir) makePrivateDirectory(spareDir);
    hasSpareDir = true;
    const path = `${spareDir}/${name}`;
    renameSync(pathOf(name), path);
    spares.push({ path, sizeBytes });
  }

  function remove(name: string, sizeBytes = Number.POSITIVE_INFINITY) {
    try {
      if (sizeBytes <= largestSpareBytes && spares.length < mostSpares) spare(name, sizeBytes);
      else unlinkSync(pathOf(name));
    } catch {
      // it is only room on the disk; the next start tries again
    }
  }

  return {
    pathOf,
    create() {
      const name = nextName();
      const fd = openSync(pathOf(name), 'wx', 0o600);
      let sizeBytes = 0;
      return {
        name,
        append(bytes) {
          try {
            writeAll(fd, bytes);
            sizeBytes += bytes.length;
          } catch (error) {
            ftruncateSync(fd, sizeBytes);
            throw error;
          }
        },
        close: () => closeSync(fd),
      };
    },
    keep(bytes) {
      const name = `${nextName()}${checksumMark}${checksumOf(bytes)}`;
      try {
        const { fd, usedBytes } = open(pathOf(name));
        try {
          writeAll(fd, bytes);
          if (usedBytes > bytes.length) ftruncateSync(fd, bytes.length);
        } finally {
          closeSync(fd);
        }
      } catch (error) {
        remove(name);
        throw error;
      }
      return name;
    },
    isIntact(name) {
      const [, checksum] = name.split(checksumMark);
      try {
        return checksum === undefined || checksum === checksumOf(readFileSync(pathOf(name)));
      } catch {
        return false;
      }
    },
    chunks: (name) => ({ [Symbol.iterator]: () => readChunks(pathOf(name)) }),
    remove,
    sizeOf: (name) => fileSizeBytes(pathOf(name)),
    list: () => readdirSync(dir),
  };
}

function checksumOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}

/** Whether a file could be renamed: somebody may have cleaned up. */
function isMoved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function* readChunks(path: string): Generator<Uint8Array, void, undefined> {
  const fd = openIfThere(path);
  if (fd === null) return;
  try {
    const buffer = new Uint8Array(chunkBytes);
    for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) yield buffer.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(failure(error).code)) return null;
    throw error;
  }
}
