import { type FSWatcher, watch } from 'chokidar';

/** A watch that was set. */
export type Watch = { close(): void };

/** Watches the entries of one directory and calls `onHint` when anything may have changed: more often than needed, and not always. */
export type WatchDirectory = (path: string, onHint: () => void, onError: (detail: string) => void) => Watch;

/**
 * chokidar as a source of hints. It sends no event for a chmod of a file that has been executed, and goes deaf when the directory
 * is replaced: `raw` tells the former (a test holds it to that), the caller's own look at the directory must find the latter.
 */
export const watchDirectory: WatchDirectory = (path, onHint, onError) => {
  const watcher: FSWatcher = watch(path, {
    ignoreInitial: true,
    depth: 0,
    atomic: false,
    followSymlinks: false,
    ignorePermissionErrors: true,
  });
  watcher.on('all', onHint);
  watcher.on('raw', onHint);
  watcher.on('ready', onHint);
  watcher.on('error', (error) => onError(error instanceof Error ? error.message : String(error))); // without a listener it would end the process
  return {
    close() {
      void watcher.close();
    },
  };
};
