import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { JudgedScript, Plugin, PluginFile } from '../model/plugin.ts';
import { type Collision, collisionsBetween, reportCollisions } from './collisions.ts';
import { CommandPlugins } from './commands.ts';
import { guardedChecker } from './guarded-rule.ts';
import type { PermissionChecker } from './permissions.ts';
import type { LastLook } from './scan.ts';
import {
  type DirectoryPlace,
  type DirectoryState,
  directoryStates,
  type HeldFromOthers,
  isSamePlace,
  placesIn,
  takenFrom,
  type WatchedDirectory,
  watchedDirectory,
} from './watched-directory.ts';
import type { PluginWatcherEdges } from './watcher.ts';

/** What the sources of plugins need. `config` gives the configuration in force. */
export type PluginSourcesOptions = {
  readonly config: () => Pick<Config, 'scripts' | 'directories' | 'plugins'>;
  /** Of the script directory. */
  readonly checker: PermissionChecker;
  readonly emit: Emit;
  /** Is called with the files of all sources after a scan, once each could be looked into. */
  readonly onScan: (files: ReadonlySet<PluginFile>) => void;
  /** Is called when another directory took the place of a watched one, or it is gone. */
  readonly onReplaced: () => void;
  readonly held: HeldFromOthers;
};

/**
 * All plugins of the agent: those of the script directory, of each `[directory:NAME]`, and the
 * commands. What is wrong with one of these keeps no plugin of another from running.
 */
export class PluginSources {
  readonly #edges: PluginWatcherEdges;
  readonly #options: PluginSourcesOptions;
  readonly #guarded: PermissionChecker;
  readonly #commands: CommandPlugins;
  #watched: readonly WatchedDirectory[] = [];
  /** The script directory among them; null: scripts are not enabled. */
  #own: WatchedDirectory | null = null;
  #judged: { readonly parts: readonly (readonly JudgedScript[])[]; readonly all: readonly JudgedScript[] } | null =
    null;
  #collided: ReadonlyMap<string, string> = new Map();
  #isScanning = false;
  /** Something was scanned since the last report. */
  #isNews = false;
  #isClosed = false;

  constructor(edges: PluginWatcherEdges, platform: string, options: PluginSourcesOptions) {
    this.#edges = edges;
    this.#options = options;
    this.#guarded = guardedChecker(options.checker.uid, platform);
    const plugins = () => options.config().plugins;
    this.#commands = new CommandPlugins(edges, { plugins, checker: this.#guarded, emit: options.emit });
  }

  /**
   * Watches the directories of the configuration in force, and no other ones. Resolves when the new
   * ones were scanned for the first time.
   */
  async follow(): Promise<void> {
    const wanted = placesIn(this.#options.config());
    const gone = this.#watched.filter((one) => !wanted.some((place) => isSamePlace(place, one)));
    const kept = wanted.map((place) => this.#watched.find((one) => isSamePlace(one, place)) ?? this.#watch(place));
    const begun = kept.filter((one) => !this.#watched.includes(one));
    this.#watched = kept;
    this.#own = this.#of(null);
    this.#isNews = true;
    for (const { watcher, directory } of gone) {
      watcher.close();
      if (directory !== null && !this.#of(directory)) this.#options.held.letGo(directory);
      for (const { plugin } of watcher.scripts()) this.#options.emit({ event: 'plugin.removed', plugin: plugin.file });
    }
    this.#isScanning = true; // what is scanned now is reported together
    this.#commands.rescan();
    const scans = begun.map((one) => this.#begin(one));
    this.#isScanning = false;
    this.#report();
    await Promise.all(scans);
  }

  /**
   * Looks at all plugins, and reports what changed. Resolves when that is done; null: it is done
   * already, as with few scripts. Called at each tick.
   */
  rescan(): Promise<void> | null {
    if (this.#isClosed) return null;
    this.#isScanning = true;
    if (this.#commands.rescan()) this.#isNews = true;
    const scans: Promise<void>[] = [];
    for (const { watcher } of this.#watched) {
      const scan = watcher.rescan();
      if (scan !== null) scans.push(scan);
    }
    this.#isScanning = false;
    this.#report();
    return scans.length === 0 ? null : Promise.all(scans).then(() => {});
  }

  /** The plugins that may run, without those of the script directory. */
  runnableElsewhere(): readonly Plugin[] {
    const elsewhere = this.#watched.filter(({ directory }) => directory !== null);
    return [
      ...elsewhere.flatMap(({ watcher }) => watcher.runnable()),
      ...(this.#isClosed ? [] : this.#commands.runnable()),
    ];
  }

  /** All plugins that may run. */
  runnable(): readonly Plugin[] {
    const own = this.#own?.watcher.runnable() ?? [];
    const others = this.runnableElsewhere();
    return others.length === 0 ? own : [...own, ...others];
  }

  /** Every plugin of the last scans, accepted or not. */
  scripts(): readonly JudgedScript[] {
    const parts = [...this.#watched.map(({ watcher }) => watcher.scripts()), this.#commands.scripts()].filter(
      (part) => part.length > 0,
    );
    const [first] = parts;
    if (first !== undefined && parts.length === 1) return first;
    const known = this.#judged;
    if (known !== null && known.parts.length === parts.length && parts.every((part, at) => part === known.parts[at]))
      return known.all;
    const shared = new Map(this.#collisions().flatMap(({ adviceByFile }) => [...adviceByFile]));
    const all = parts.flat().map((script) => {
      const collision = shared.get(script.plugin.file);
      return collision === undefined ? script : { ...script, collision };
    });
    this.#judged = { parts, all };
    return all;
  }

  /** Looks at a plugin, and at its directory, right before it runs. */
  lookAgain(plugin: Plugin): LastLook {
    if (plugin.args !== undefined) return this.#commands.lookAgain(plugin);
    const source = plugin.directory === undefined ? this.#own : this.#of(plugin.directory);
    return source?.watcher.lookAgain(plugin) ?? { kind: 'gone' };
  }

  /** Why no plugin of the same directory runs; null: they do. */
  suspensionOf(plugin: Plugin): Advice<'directory-suspended'> | null {
    return plugin.args === undefined ? (this.#of(plugin.directory ?? null)?.watcher.suspension() ?? null) : null;
  }

  /** Why no plugin of the script directory runs. */
  suspension(): Advice<'directory-suspended'> | null {
    return this.#own?.watcher.suspension() ?? null;
  }

  /** That a group can write a folder above the script directory; null: none can. */
  exposure(): Advice<'group-writable'> | null {
    return this.#own?.watcher.exposure() ?? null;
  }

  /** The directories of the configuration that are watched, beside the script directory. */
  directories(): readonly DirectoryState[] {
    return directoryStates(this.#watched);
  }

  /**
   * Why the name of a file, perhaps with its directory's NAME in front, is not a plugin; null:
   * there is no such file. `statusCommand` shows the plugin of a file name.
   */
  whyNoPlugin(name: string, statusCommand: (file: string) => string): Advice | null {
    const slash = name.indexOf('/');
    const [directory, entry] = slash < 0 ? [null, name] : [name.slice(0, slash), name.slice(slash + 1)];
    const watcher = this.#of(directory)?.watcher;
    const suspension = directory === null ? null : watcher?.suspension();
    if (suspension)
      return { ...suspension, sentence: `no plugin of [directory:${directory}] runs: ${suspension.sentence}` };
    return watcher?.whyNoPlugin(entry, statusCommand) ?? null;
  }

  /** Ends the watches. No event comes after it, and no plugin runs. */
  close(): void {
    this.#isClosed = true;
    for (const { watcher } of this.#watched) watcher.close();
  }

  #watch(place: DirectoryPlace): WatchedDirectory {
    const { checker, emit, onReplaced, held } = this.#options;
    const watched = watchedDirectory(place, this.#edges, {
      checker: place.directory === null ? checker : this.#guarded,
      emit(event) {
        // Of one that is missing no plugin is known, so it keeps no other from being forgotten
        if (event.event === 'plugins.suspended' && event.rejection.kind === 'no-directory') watched.files ??= new Set();
        emit(event);
      },
      onReplaced,
      taken: (inode) => takenFrom(inode, watched, this.#watched, held),
      onScan: (files) => {
        watched.files = files;
        this.#scanned(watched);
      },
    });
    return watched;
  }

  async #begin(begun: WatchedDirectory): Promise<void> {
    const { directory, dir, watcher } = begun;
    const scanned = watcher.rescan();
    if (scanned !== null) await scanned;
    if (this.#isClosed || !this.#watched.includes(begun)) return;
    const ofDirectory = directory === null ? {} : { directory };
    this.#options.emit({ event: 'plugins.watched', path: dir, plugins: watcher.active().length, ...ofDirectory });
  }

  #scanned(watched: WatchedDirectory): void {
    this.#isNews = true;
    if (!this.#isScanning && this.#watched.includes(watched)) this.#report();
  }

  /** Says which files there are, unless a directory could not be looked into yet. */
  #report(): void {
    if (this.#isClosed || !this.#isNews) return;
    this.#isNews = false;
    this.#collided = reportCollisions(this.#collisions(), this.#collided, this.#options.emit);
    const known = this.#watched.flatMap(({ files }) => (files ? [files] : []));
    if (known.length < this.#watched.length) return;
    const commands = this.#commands.scripts();
    if (commands.length > 0) known.push(new Set(commands.map(({ plugin }) => plugin.file)));
    const [first] = known;
    if (first === undefined) return;
    this.#options.onScan(known.length === 1 ? first : new Set(known.flatMap((files) => [...files])));
  }

  #collisions(): readonly Collision[] {
    if (this.#watched.length + this.#commands.active().length < 2) return [];
    const sources = [...this.#watched.map(({ watcher }) => watcher.active()), this.#commands.active()];
    return collisionsBetween(sources, this.#own?.watcher.entries() ?? []);
  }

  #of(directory: string | null): WatchedDirectory | null {
    return this.#watched.find((one) => one.directory === directory) ?? null;
  }
}
