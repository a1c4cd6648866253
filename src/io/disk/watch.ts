import { basename } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { messageOf } from '../errors.ts';

/** A watch that was set. */
export type Watch = {
  /** Something befell the directory itself: it was removed, moved, or its mode or owner changed. The watch may be deaf from then on; a new one is not. */
  isLost(): boolean;
  /** No hint and no error come after it. */
  close(): void;
};

/** Watches the entries of one directory and calls `onHint` when anything may have changed: more often than needed, and not always. */
export type WatchDirectory = (path: string, onHint: () => void, onError: (detail: string) => void) => Watch;

/**
 * chokidar as a source of hints. It sends no event for a chmod of a file that has been executed, and goes deaf when the directory
 * is replaced, moved or unreadable for a moment: its `raw` events tell of both (tests hold it to that).
 */
export const watchDirectory: WatchDirectory = (path, onHint, onError) => {
  const watcher: FSWatcher = watch(path, {
    ignoreInitial: true,
    depth: 0,
    atomic: false,
    followSymlinks: false,
    ignorePermissionErrors: true,
  });
  let isLost = false;
  watcher.on('all', onHint);
  watcher.on('ready', onHint);
  watcher.on('raw', (_event, name, details) => {
    if (name === basename(path) && watchedPathOf(details) === path) isLost = true; // or an entry of the same name was touched
    onHint();
  });
  watcher.on('error', (error) => onError(messageOf(error))); // without a listener it would end the process
  return {
    isLost: () => isLost,
    close() {
      void watcher.close();
      watcher.on('error', () => {}); // a look that was under way may still fail
      watcher.add = () => watcher; // or find its file gone, and would then begin to watch anew
    },
  };
};

function watchedPathOf(details: unknown): unknown {
  return typeof details === 'object' && details !== null && 'watchedPath' in details ? details.watchedPath : null;
}
