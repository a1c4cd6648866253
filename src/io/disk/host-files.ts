import { readFileSync, realpathSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '../../model/result.ts';
import { messageOf } from '../errors.ts';

/**
 * What `statfs` says of a mount: counts of blocks of `bsize` bytes. An ordinary user may still use
 * `bavail`.
 */
export type BlockCounts = {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
};

/**
 * The files in which Linux describes the host. Nothing here throws or rejects; an error is a
 * sentence.
 */
export type HostFiles = {
  /** Returns the text of a file in the proc directory, such as `self/mountinfo`. */
  read(name: string): Result<string, string>;
  /**
   * Asks the file system at `mountPoint`. A file system that hangs may never answer, and holds a
   * thread of Node's pool meanwhile.
   */
  statfs(mountPoint: string): Promise<Result<BlockCounts, string>>;
  /**
   * Returns the device behind a link such as `/dev/mapper/NAME`, or the path itself if it is not a
   * link.
   */
  realPath(path: string): string;
};

/**
 * Reads the host's files, with `procDir` in place of `/proc`. Reads are synchronous: they come
 * from memory in microseconds, while an asynchronous read would wait behind each `statfs` that
 * hangs in the thread pool.
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

/** CPU load, in percent of the time since the previous call. */
export type LibraryLoad = {
  readonly currentLoadUser: number;
  readonly currentLoadNice: number;
  readonly currentLoadSystem: number;
  readonly currentLoadIdle: number;
};

/** Memory in bytes. What the system does not report is 0. */
export type LibraryMemory = {
  readonly total: number;
  readonly free: number;
  readonly available: number;
  readonly buffers: number;
  readonly cached: number;
  readonly swaptotal: number;
  readonly swapfree: number;
};

/** A disk, in bytes. `fs` is the device, `/dev/disk3s1` or `C:`. */
export type LibraryDisk = {
  readonly fs: string;
  readonly mount: string;
  readonly size: number;
  readonly used: number;
  readonly available: number;
};

/** Open files. Null, or null in part, if the system does not count them. */
export type LibraryOpenFiles = { readonly allocated: number | null; readonly max: number | null } | null;

/**
 * The part of `systeminformation` that is used. It may start child processes. Nothing here
 * rejects; an error is a sentence.
 */
export type SystemLibrary = {
  currentLoad(): Promise<Result<LibraryLoad, string>>;
  mem(): Promise<Result<LibraryMemory, string>>;
  fsSize(): Promise<Result<readonly LibraryDisk[], string>>;
  fsOpenFiles(): Promise<Result<LibraryOpenFiles, string>>;
};

/** What is known of a host without `/proc`. */
export type OtherSystem = {
  /** Loads the library at the first call. An error says what to type. Never rejects. */
  library(): Promise<Result<SystemLibrary, string>>;
  /** Returns the load of the last 1, 5 and 15 minutes; zeros on Windows, which has none. */
  loadAverages(): readonly number[];
};

/**
 * Asks this host through `systeminformation`, which is imported at the first `library()` and not
 * before.
 */
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
