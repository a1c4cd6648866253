import { basename } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { messageOf } from '../errors.ts';

/** A watch that was set. */
export type Watch = {
  /**
   * Whether something happened to the directory itself: it was removed or moved, or its mode or
   * owner changed. The watch may report nothing from then on; a new watch does.
   */
  isLost(): boolean;
  /** Ends the watch. No hint and no error come after it. */
  close(): void;
};

/**
 * Watches the entries of one directory and calls `onHint` when anything may have changed. It calls
 * more often than needed, and misses some changes. Neither callback comes before this returns.
 */
export type WatchDirectory = (path: string, onHint: () => void, onError: (detail: string) => void) => Watch;

/**
 * Watches by chokidar, as a source of hints: one watch, of the directory itself, however many
 * entries it has. chokidar sends no event for a chmod of a file that has been executed, and stops
 * sending events when the directory is replaced, moved or unreadable for a moment. Its `raw` events
 * report all of this (tests check that).
 */
export const watchDirectory: WatchDirectory = (path, onHint, onError) => {
  const watcher: FSWatcher = watch(path, {
    ignoreInitial: true,
    depth: 0,
    ignored: (entry) => entry !== path, // its own watch reports its entries; thousands of others would cost seconds
    atomic: false,
    followSymlinks: false,
    ignorePermissionErrors: true,
  });
  let isLost = false;
  watcher.on('all', onHint);
  watcher.on('ready', onHint);
  watcher.on('raw', (_event, name, details) => {
    // True also if an entry of the directory has the directory's own name.
    if (name === basename(path) && watchedPathOf(details) === path) isLost = true;
    onHint();
  });
  watcher.on('error', (error) => onError(messageOf(error))); // without a listener it would end the process
  return {
    isLost: () => isLost,
    close() {
      void watcher.close();
      watcher.on('error', () => {}); // a look that is under way may still fail
      watcher.add = () => watcher; // or it may find its file gone, and would begin to watch again
    },
  };
};

function watchedPathOf(details: unknown): unknown {
  return typeof details === 'object' && details !== null && 'watchedPath' in details ? details.watchedPath : null;
}
