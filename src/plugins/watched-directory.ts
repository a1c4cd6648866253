import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { FormatName } from '../model/format.ts';
import type { DirectoryRejection, PluginFile } from '../model/plugin.ts';
import { directoryOrigin } from './origin.ts';
import { PluginWatcher, type PluginWatcherEdges, type PluginWatcherOptions } from './watcher.ts';

/**
 * A directory to watch: the NAME of its section, null for the script directory; its path; and the
 * format of its section, which has a say in how its plugins are named.
 */
export type DirectoryPlace = {
  readonly directory: string | null;
  readonly dir: string;
  readonly format: FormatName;
};

/** A directory that is watched. */
export type WatchedDirectory = DirectoryPlace & {
  readonly watcher: PluginWatcher;
  /** The files of its last scan; null: it could not be looked into yet. */
  files: ReadonlySet<PluginFile> | null;
};

/** A directory of the configuration beside the script directory, as its last scan found it. */
export type DirectoryState = {
  readonly name: string;
  readonly location: string;
  /** Why none of its plugins runs; null: they do. */
  readonly suspension: Advice<'directory-suspended'> | null;
  /** That a group can write a folder above it; null: none can. */
  readonly exposure: Advice<'group-writable'> | null;
  /** How many of its scripts are accepted. */
  readonly plugins: number;
};

/** The directories that a configuration has watched, the script directory first. */
export function placesIn({ scripts, directories }: Pick<Config, 'scripts' | 'directories'>): readonly DirectoryPlace[] {
  const own = scripts.enabled ? [{ directory: null, dir: scripts.location, format: scripts.format }] : [];
  const others = [...directories].flatMap(([directory, { enabled, path, format }]) =>
    enabled ? [{ directory, dir: path, format }] : [],
  );
  return [...own, ...others];
}

/** Whether two places are the same directory, of the same section and format. */
export function isSamePlace(one: DirectoryPlace, other: DirectoryPlace): boolean {
  return one.directory === other.directory && one.dir === other.dir && one.format === other.format;
}

/** Makes the watcher of a directory, which scans nothing before its first `rescan`. */
export function watchedDirectory(
  { directory, dir, format }: DirectoryPlace,
  edges: PluginWatcherEdges,
  options: Omit<PluginWatcherOptions, 'dir' | 'origin'>,
): WatchedDirectory {
  const own =
    directory === null
      ? options
      : { ...options, origin: directoryOrigin(directory, format), emit: withDirectory(directory, options.emit) };
  return { directory, dir, format, watcher: new PluginWatcher(edges, { ...own, dir }), files: null };
}

/** The state of each watched directory that is not the script directory. */
export function directoryStates(watched: readonly WatchedDirectory[]): readonly DirectoryState[] {
  return watched.flatMap(({ directory, dir, watcher }) => {
    if (directory === null) return [];
    const [suspension, exposure] = [watcher.suspension(), watcher.exposure()];
    return [{ name: directory, location: dir, suspension, exposure, plugins: watcher.active().length }];
  });
}

/** Adds the directory to events that are about one. */
function withDirectory(directory: string, emit: Emit): Emit {
  return (event) => {
    switch (event.event) {
      case 'plugins.suspended':
      case 'plugins.resumed':
      case 'watch.failed':
        return emit({ ...event, directory });
      default:
        return emit(event);
    }
  };
}

/** Keeps other agents away from the directories of `[directory:NAME]`. */
export type HeldFromOthers = {
  /** Null, or the id of the agent that runs the plugins of this directory already. */
  holdDirectory(directory: string, path: string): number | null;
  /** Leaves a directory, which is not watched any more, to other agents. */
  letGo(directory: string): void;
};

/**
 * Why the scripts of a directory with this inode are run from elsewhere; null: they are not, and
 * no other agent runs them from now on. `all` are the watched directories.
 */
export function takenFrom(
  inode: string,
  { directory, dir: path, watcher }: WatchedDirectory,
  all: readonly WatchedDirectory[],
  held: HeldFromOthers,
): DirectoryRejection | null {
  const by = formerWith(inode, watcher, all);
  if (by !== null) {
    if (directory !== null) held.letGo(directory);
    return { kind: 'shared', path, by };
  }
  const pid = directory === null ? null : held.holdDirectory(directory, path);
  return pid === null ? null : { kind: 'in-use', path, pid };
}

/** Which of the directories before this one has the inode, perhaps by a link; null: none has. */
function formerWith(inode: string, own: PluginWatcher, all: readonly WatchedDirectory[]): string | null {
  const same = all.find(({ watcher }) => watcher === own || watcher.inode() === inode);
  if (!same || same.watcher === own) return null;
  return same.directory === null ? 'the script directory' : `the directory of [directory:${same.directory}]`;
}
