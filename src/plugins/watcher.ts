import type { Clock, Timer } from '../io/clock.ts';
import type { Files } from '../io/disk/files.ts';
import type { Watch, WatchDirectory } from '../io/disk/watch.ts';
import { WalkQueue } from '../io/walk.ts';
import type { Advice } from '../model/advice.ts';
import type { Emit } from '../model/event.ts';
import { type JudgedScript, type Plugin, type PluginFile, sectionName } from '../model/plugin.ts';
import type { Walk } from '../model/walk.ts';
import { AcceptedDirectory } from './accepted-directory.ts';
import { whyNoPlugin } from './not-a-plugin.ts';
import { type PluginOrigin, scriptDirectory } from './origin.ts';
import type { PermissionChecker } from './permissions.ts';
import { activePlugins, changesWalk, hasSameScripts, judgedScripts } from './registry.ts';
import { adviceOnDirectory } from './rejection-advice.ts';
import {
  emptyScan,
  hasUnsettled,
  type LastLook,
  lastLookOf,
  rescanScript,
  runnablePlugins,
  type Scan,
  scanWalk,
  scriptsAStep,
  watchableDirectory,
} from './scan.ts';
import { type Taken, unlessTaken } from './shared-directory.ts';
import { withRememberedLooks } from './way.ts';

/** What the plugin watcher needs of the machine. */
export type PluginWatcherEdges = {
  readonly files: Files;
  readonly clock: Clock;
  readonly watchDirectory: WatchDirectory;
};

/** What the plugin watcher watches, and whom it calls. */
export type PluginWatcherOptions = {
  /** The plugin directory, which need not exist yet. */
  readonly dir: string;
  /** Whose directory it is; missing: it is the script directory. */
  readonly origin?: PluginOrigin;
  readonly checker: PermissionChecker;
  readonly emit: Emit;
  /** Is called with the files of every scan that could look into the directory. */
  readonly onScan: (files: ReadonlySet<PluginFile>) => void;
  /** Is called when another directory took the place of the watched one, or it is gone. */
  readonly onReplaced: () => void;
  /** Asked at each scan of a directory that can be used; missing: its scripts are run here only. */
  readonly taken?: Taken;
};

/** From where hints come. */
type DirectoryWatchState =
  /** Nothing is watched, because the directory can't be entered: the next rescan looks again. */
  | { readonly kind: 'unwatched' }
  /** Hints come from the directory with this identity. */
  | { readonly kind: 'watching'; readonly identity: string; readonly watch: Watch }
  /** The watch reported an error, so hints may not come: the next rescan opens another watch. */
  | { readonly kind: 'deaf'; readonly identity: string; readonly watch: Watch }
  /** The watcher is closed: nothing is scanned or reported any more. */
  | { readonly kind: 'closed' };

const hintDelayMs = 50;
const unsettledDelayMs = 110;

/** The plugin directory as each scan finds it; a hint makes one come sooner, `rescan` the first. */
export class PluginWatcher {
  readonly #edges: PluginWatcherEdges;
  readonly #options: PluginWatcherOptions;
  readonly #origin: PluginOrigin;
  #state: DirectoryWatchState = { kind: 'unwatched' };
  readonly #scans = new WalkQueue<void>();
  #lastScan: Scan = emptyScan;
  readonly #directory: AcceptedDirectory;
  /** What `scripts` returned of the last scan; null: it was not asked since something changed. */
  #judged: readonly JudgedScript[] | null = null;
  /** The file system, with the looks at folders since the last scan. */
  #files: Files;
  /** A scan that a hint asked for. */
  #hintTimer: Timer | null = null;
  /** A scan that finds out whether scripts which were being written have settled. */
  #unsettledTimer: Timer | null = null;
  #isFailureReported = false;

  constructor(edges: PluginWatcherEdges, options: PluginWatcherOptions) {
    this.#edges = edges;
    this.#files = edges.files;
    this.#options = options;
    this.#origin = options.origin ?? scriptDirectory;
    this.#directory = new AcceptedDirectory(edges.clock);
  }

  /**
   * Scans, and reports what changed. Resolves when that is done; null: it is done already, as with
   * fewer than 20 scripts. More are looked at in steps. Called at each tick.
   */
  rescan(): Promise<void> | null {
    // The user may have had no inotify watches left, for example, and have some now
    if (this.#state.kind === 'deaf') this.#watchAgain(this.#state.identity);
    return this.#scan();
  }

  /** All accepted scripts of the last scan, settled or not. */
  active(): readonly Plugin[] {
    return this.#lastScan.rejection ? [] : activePlugins(this.#lastScan);
  }

  /** The plugins of the last scan that may run: accepted and settled. None after `close`. */
  runnable(): readonly Plugin[] {
    if (this.#isClosed() || this.#lastScan.rejection) return [];
    return runnablePlugins(this.#lastScan);
  }

  /** Every script of the last scan, accepted or not. */
  scripts(): readonly JudgedScript[] {
    this.#judged ??= judgedScripts(this.#lastScan);
    return this.#judged;
  }

  /** The directory's device and inode as of the last scan; null: it is rejected. */
  inode(): string | null {
    return this.#lastScan.inode;
  }

  /** Every name in the directory as of the last scan, of scripts and of anything else. */
  entries(): readonly string[] {
    return this.#lastScan.entries;
  }

  /** Why no plugin runs, and what to type; null: the directory is as it should be. */
  suspension(): Advice<'directory-suspended'> | null {
    const { rejection } = this.#lastScan;
    return rejection && adviceOnDirectory(rejection);
  }

  /** That a group can write a folder above the directory, and what to type; null: none can. */
  exposure(): Advice<'group-writable'> | null {
    return this.#lastScan.exposure?.advice ?? null;
  }

  /**
   * Why an entry of the directory is not a plugin, and what to type; null: there is no such entry.
   * `statusCommand` shows the plugin of a file name.
   */
  whyNoPlugin(entry: string, statusCommand: (file: string) => string): Advice | null {
    const isOwn = this.#origin === scriptDirectory;
    const ofFile = (file: string) => statusCommand(this.#origin.fileOf(file));
    return whyNoPlugin(this.#edges.files, this.#options.dir, entry, ofFile, isOwn);
  }

  /** Looks at a script, and at the directory, right before the script runs. */
  lookAgain(plugin: Plugin): LastLook {
    const { files, clock } = this.#edges;
    const { dir, checker } = this.#options;
    if (plugin.path !== `${dir}/${sectionName(plugin)}`) return { kind: 'gone' }; // of a former directory
    if (!this.#directory.isAccepted(files, dir, checker, this.#lastScan, this.#origin)) return { kind: 'gone' };
    return lastLookOf(rescanScript(this.#files, plugin, checker, clock, this.#lastScan, this.#origin));
  }

  /** Ends the watch. No event comes after it. */
  close(): void {
    this.#hintTimer?.cancel();
    this.#unsettledTimer?.cancel();
    this.#openWatch()?.close();
    this.#state = { kind: 'closed' };
  }

  #scan(): Promise<void> | null {
    const scanned = this.#scans.run('', () => this.#scanWalk());
    return this.#scans.isIdle() ? null : scanned;
  }

  *#scanWalk(): Walk<void> {
    if (this.#isClosed()) return;
    const { files, clock } = this.#edges;
    const { dir, checker, emit, onScan, taken } = this.#options;
    const last = this.#lastScan;
    // First: chokidar looks at each entry, and does so while there is no plugin to report yet
    if (this.#state.kind === 'unwatched') this.#watchAgain(watchableDirectory(files, dir));
    this.#files = withRememberedLooks(files, clock);
    const scan = yield* scanWalk(this.#files, dir, checker, clock, last, this.#origin);
    if (this.#isClosed()) return; // another agent may have the directory now
    const now = unlessTaken(scan, taken);
    const changes = yield* changesWalk(last, now);
    if (this.#isClosed()) return;
    // Scripts in a rejected directory are not known: they are reported later, where they changed
    this.#lastScan = now.rejection ? { ...now, scripts: last.scripts, files: last.files, entries: last.entries } : now;
    if (this.#judged !== null && !hasSameScripts(last, this.#lastScan)) this.#judged = null;
    if (now.identity !== this.#watchedIdentity() || this.#openWatch()?.isLost()) this.#watchAgain(now.identity);
    for (const [index, change] of changes.entries()) {
      if (index % scriptsAStep === 0 && index > 0) yield;
      if (this.#isClosed()) return;
      emit(change);
    }
    if (!now.rejection) onScan(now.files);
    if (hasUnsettled(now)) this.#scanWhenSettled();
  }

  /** Asked after each step of a scan: the watcher may have been closed meanwhile. */
  #isClosed(): boolean {
    return this.#state.kind === 'closed';
  }

  #scanWhenSettled(): void {
    this.#unsettledTimer?.cancel();
    this.#unsettledTimer = this.#edges.clock.after(unsettledDelayMs, () => void this.#scan());
  }

  /** The identity of the directory that is watched; null: nothing is watched. */
  #watchedIdentity(): string | null {
    return 'identity' in this.#state ? this.#state.identity : null;
  }

  #openWatch(): Watch | null {
    return 'watch' in this.#state ? this.#state.watch : null;
  }

  /** Closes the watch, and opens one of the directory with this identity; null: there is none. */
  #watchAgain(identity: string | null): void {
    const former = this.#watchedIdentity();
    this.#openWatch()?.close();
    this.#state = identity === null ? { kind: 'unwatched' } : this.#watching(identity);
    if (former !== null && identity !== former) this.#options.onReplaced();
  }

  #watching(identity: string): DirectoryWatchState {
    const { files, watchDirectory } = this.#edges;
    const path = files.realpath(this.#options.dir); // a watch of a link to the directory would see nothing
    const watch = watchDirectory(
      path,
      () => this.#onHint(),
      (detail) => this.#onError(detail),
    );
    return { kind: 'watching', identity, watch };
  }

  #onHint(): void {
    this.#hintTimer ??= this.#edges.clock.after(hintDelayMs, () => {
      this.#hintTimer = null;
      void this.#scan();
    });
  }

  #onError(detail: string): void {
    if (!this.#isFailureReported) this.#options.emit({ event: 'watch.failed', path: this.#options.dir, detail });
    this.#isFailureReported = true;
    if (this.#state.kind === 'watching') this.#state = { ...this.#state, kind: 'deaf' };
  }
}
