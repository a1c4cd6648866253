import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { fileFailure } from './file-failure.ts';
import { makePrivateDirectory } from './files.ts';
import { fileSizeBytes } from './fingerprint.ts';
import { SpareFiles } from './spare-files.ts';

const chunkBytes = 65_536;
const checksumMark = '~';

/** A private file that is being written. */
export type OutputFile = {
  readonly name: string;
  /** Adds all of the bytes or none of them. Throws the system's error. */
  append(bytes: Uint8Array): void;
  /**
   * Reads all that was added, also where the file can't be opened again. Throws the system's error.
   */
  readBack(): Buffer;
  /** Never throws. */
  close(): void;
};

/**
 * Private files in one folder, each written once under a name of its own and removed later: the
 * kept outputs of plugins.
 */
export type OutputFiles = {
  /** Returns the file's absolute path. */
  pathOf(name: string): string;
  /** Begins a new file with mode 0600. Throws the system's error. */
  create(): OutputFile;
  /**
   * Keeps bytes in a file with mode 0600. Returns the file's name, which holds their checksum.
   * Throws the system's error, and leaves nothing then.
   */
  keep(bytes: Uint8Array): string;
  /**
   * Whether a file that `keep` made is there with the bytes it was given: a machine that lost its
   * power may have written the name and not the bytes. True for other files. Never throws.
   */
  isIntact(name: string): boolean;
  /**
   * Gives the file's bytes from its beginning, each time it is iterated. A chunk is overwritten by
   * the next one. Gives nothing if there is no such file; throws any other error of the system.
   */
  chunks(name: string): Iterable<Uint8Array>;
  /**
   * Removes a file if it is there. A small file whose size is given is kept to be written over.
   * Never throws.
   */
  remove(name: string, sizeBytes?: number): void;
  /** Returns the file's size in bytes; null if it is missing or can't be looked at. */
  sizeOf(name: string): number | null;
  /** Returns all names. */
  list(): readonly string[];
};

/**
 * Keeps files in `dir`, which is made if it is missing, with mode 0700. `life` is part of their
 * names, so that the files of two lives of the agent never have the same name. Removed files wait
 * in `DIR.spare` to be written over. Throws if `dir` can't be made.
 */
export function openOutputFiles(dir: string, life: string): OutputFiles {
  makePrivateDirectory(dir);
  const spares = new SpareFiles(`${dir}.spare`);
  const pathOf = (name: string) => `${dir}/${name}`;
  let filesNamed = 0;

  function nextName(): string {
    filesNamed += 1;
    return `${life}-${filesNamed}`;
  }

  function remove(name: string, sizeBytes = Number.POSITIVE_INFINITY) {
    try {
      if (spares.hasRoomFor(sizeBytes)) spares.put(pathOf(name), name, sizeBytes);
      else unlinkSync(pathOf(name));
    } catch {
      // it only takes room on the disk; the next start tries again
    }
  }

  return {
    pathOf,
    create() {
      const name = nextName();
      return createFile(name, pathOf(name));
    },
    keep(bytes) {
      const name = `${nextName()}${checksumMark}${checksumOf(bytes)}`;
      try {
        writeFile(pathOf(name), bytes, spares);
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

function createFile(name: string, path: string): OutputFile {
  const fd = openSync(path, 'wx+', 0o600);
  let sizeBytes = 0;
  return {
    name,
    append(bytes) {
      try {
        writeAll(fd, bytes, sizeBytes);
        sizeBytes += bytes.length;
      } catch (error) {
        attempt(() => ftruncateSync(fd, sizeBytes)); // a file system that became read-only does not take that either
        throw error;
      }
    },
    readBack() {
      const bytes = Buffer.allocUnsafe(sizeBytes);
      for (let at = 0; at < sizeBytes; ) {
        const length = readSync(fd, bytes, at, sizeBytes - at, at);
        if (length === 0) throw new Error('it is shorter than what was written to it');
        at += length;
      }
      return bytes;
    },
    close: () => attempt(() => closeSync(fd)), // a system that reports late trouble here has closed it all the same
  };
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // the caller has a reason to report already, or finds one when it reads the file
  }
}

/** Writes bytes over a spare file, or else to a new file. Throws the system's error. */
function writeFile(path: string, bytes: Uint8Array, spares: SpareFiles): void {
  const spareBytes = spares.take(path);
  const fd = spareBytes === null ? openSync(path, 'wx', 0o600) : openSync(path, 'r+');
  try {
    writeAll(fd, bytes);
    if (spareBytes !== null && spareBytes > bytes.length) ftruncateSync(fd, bytes.length);
  } finally {
    closeSync(fd);
  }
}

function checksumOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16);
}

/** Writes all bytes, from the position `at` of the file. Throws the system's error. */
function writeAll(fd: number, bytes: Uint8Array, at = 0): void {
  for (let written = 0; written < bytes.length; )
    written += writeSync(fd, bytes, written, bytes.length - written, at + written);
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
    if (['ENOENT', 'ENOTDIR'].includes(fileFailure(error).code)) return null;
    throw error;
  }
}
