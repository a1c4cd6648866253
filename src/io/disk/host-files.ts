import { readFileSync, realpathSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '../../model/result.ts';
import { messageOf } from '../errors.ts';

/** What `statfs` says of a mount: counts of blocks of `bsize` bytes; `bavail` is what an ordinary user may still use. */
export type BlockCounts = {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
};

/** Where Linux tells about the host. Nothing here throws or rejects; an error is a sentence. */
export type HostFiles = {
  /** The text of a file below the proc directory, `self/mountinfo`. */
  read(name: string): Result<string, string>;
  /** Asks the file system at `mountPoint`; a dead one may never answer, and holds a thread of Node's pool meanwhile. */
  statfs(mountPoint: string): Promise<Result<BlockCounts, string>>;
  /** The device behind a link such as `/dev/mapper/NAME`; the path itself where there is none. */
  realPath(path: string): string;
};

/**
 * The host's files with `procDir` for `/proc`. Reads are synchronous: they come from memory in microseconds, while an
 * asynchronous one would wait behind every `statfs` that hangs in the thread pool.
 */
export function hostFiles(procDir: string): HostFiles {
  return {
    read: (name) => {
      try {
        return ok(readFileSync(join(procDir, name), 'utf8'));
      } catch (error) {
        return err(messageOf(error));
      }
    },
    statfs: (mountPoint) => attempt(() => statfs(mountPoint)),
    realPath: (path) => {
      try {
        return realpathSync(path);
      } catch {
        return path;
      }
    },
  };
}

/** Percent of the time since the last question. */
export type LibraryLoad = {
  readonly currentLoadUser: number;
  readonly currentLoadNice: number;
  readonly currentLoadSystem: number;
  readonly currentLoadIdle: number;
};

/** Bytes. What the system does not tell is 0. */
export type LibraryMemory = {
  readonly total: number;
  readonly free: number;
  readonly available: number;
  readonly buffers: number;
  readonly cached: number;
  readonly swaptotal: number;
  readonly swapfree: number;
};

/** Bytes. `fs` is the device, `/dev/disk3s1` or `C:`. */
export type LibraryDisk = {
  readonly fs: string;
  readonly mount: string;
  readonly size: number;
  readonly used: number;
  readonly available: number;
};

/** Null, as a whole or in part, where the system does not count them. */
export type LibraryOpenFiles = { readonly allocated: number | null; readonly max: number | null } | null;

/** The part of `systeminformation` that is used. Nothing here rejects; an error is a sentence. It may start child processes. */
export type SystemLibrary = {
  currentLoad(): Promise<Result<LibraryLoad, string>>;
  mem(): Promise<Result<LibraryMemory, string>>;
  fsSize(): Promise<Result<readonly LibraryDisk[], string>>;
  fsOpenFiles(): Promise<Result<LibraryOpenFiles, string>>;
};

/** Hosts without `/proc`. */
export type OtherSystem = {
  /** Loads the library when first asked; an error says what to type. Never rejects. */
  library(): Promise<Result<SystemLibrary, string>>;
  /** The load of the last 1, 5 and 15 minutes; zeros on Windows, which has none. */
  loadAverages(): readonly number[];
};

/** This host, by way of `systeminformation`, which is imported on the first `library()` and not before. */
export const otherSystem: OtherSystem = { library: importLibrary, loadAverages: loadavg };

async function importLibrary(): Promise<Result<SystemLibrary, string>> {
  const imported = await attempt(() => import('systeminformation'));
  if (!imported.ok) return err(`${imported.error}; to have host metrics, type: npm install systeminformation`);
  const library = imported.value;
  return ok({
    currentLoad: () => attempt(() => library.currentLoad()),
    mem: () => attempt(() => library.mem()),
    fsSize: () => attempt(() => library.fsSize()),
    fsOpenFiles: () => attempt(() => library.fsOpenFiles()),
  });
}

async function attempt<Value>(action: () => Promise<Value>): Promise<Result<Value, string>> {
  try {
    return ok(await action());
  } catch (error) {
    return err(messageOf(error));
  }
}
