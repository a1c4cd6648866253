import type { Clock, Timer } from '../io/clock.ts';
import type { Files } from '../io/disk/files.ts';
import type { Watch, WatchDirectory } from '../io/disk/watch.ts';
import type { Advice } from '../model/advice.ts';
import type { Emit } from '../model/event.ts';
import type { JudgedScript, Plugin, PluginFile, PluginRejection } from '../model/plugin.ts';
import { adviceOnDirectory, adviceOnScript, type PermissionChecker } from './permissions.ts';
import { activePlugins, scanChanges } from './registry.ts';
import { emptyScan, isAsAccepted, rescanScript, type Scan, scanDirectory, whyNoPlugin } from './scan.ts';

/** What a last look at a script, right before it runs, found. */
export type LastLook =
  | { readonly kind: 'accepted' }
  /** Or its directory is, or may not be used. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unsettled' }
  | { readonly kind: 'rejected'; readonly rejection: PluginRejection };

/** The live directory. Watcher events only make a scan come sooner; every `rescan` finds the truth by itself. */
export type PluginWatcher = {
  /** Scans now, tells what changed, and gives the plugins that may run at this moment: accepted and settled. Called at each tick. */
  rescan(): readonly Plugin[];
  /** All accepted scripts of the last scan, settled or not. */
  active(): readonly Plugin[];
  /** Every script of the last scan, accepted or not. */
  scripts(): readonly JudgedScript[];
  /** Why no plugin runs, with what to type; null: the directory is as it should be. */
  suspension(): Advice<'directory-suspended'> | null;
  /** Why an entry of the directory is no plugin, with what to type; null: there is no such entry. */
  whyNoPlugin(entry: string): Advice | null;
  /** Looks at a script right before it runs, and at the directory. */
  lookAgain(plugin: Plugin): LastLook;
  /** No event comes after it. */
  close(): void;
};

const hintDelayMs = 50;
const unsettledDelayMs = 110;

/** Starts watching `dir`, which need not exist yet. `onScan` gets each scan's files, `onReplaced` comes when another directory took the place. */
export function startPluginWatcher(
  edges: { readonly files: Files; readonly clock: Clock; readonly watchDirectory: WatchDirectory },
  options: {
    readonly dir: string;
    readonly checker: PermissionChecker;
    readonly emit: Emit;
    readonly onScan: (files: readonly PluginFile[]) => void;
    readonly onReplaced: () => void;
  },
): PluginWatcher {
  const { files, clock, watchDirectory } = edges;
  const { dir, checker, emit } = options;
  let last: Scan = emptyScan;
  let watch: Watch | null = null;
  let watched: string | null = null;
  let hintTimer: Timer | null = null;
  let unsettledTimer: Timer | null = null;
  let hasFailed = false;
  let hasToldFailure = false;
  let isClosed = false;

  function scan(): readonly Plugin[] {
    if (isClosed) return [];
    const now = scanDirectory(files, dir, checker, clock, last);
    const changes = scanChanges(last, now);
    last = now.rejection ? { ...now, scripts: last.scripts } : now; // nobody knows what is in it now: told again only where it changed
    if (now.identity !== watched || watch?.isLost()) rewatch(now.identity);
    for (const change of changes) emit(change);
    if (!now.rejection) options.onScan([...now.scripts.keys()]);
    const scripts = [...now.scripts.values()].filter((script) => !script.rejection);
    if (scripts.some((script) => !script.isSettled)) {
      unsettledTimer?.cancel();
      unsettledTimer = clock.after(unsettledDelayMs, scan);
    }
    return scripts.filter((script) => script.isSettled).map((script) => script.plugin);
  }

  function rewatch(identity: string | null) {
    const isReplaced = watched !== null && identity !== watched;
    watch?.close();
    watch = null;
    watched = identity;
    hasFailed = false;
    if (identity !== null) watch = watchDirectory(files.realpath(dir), onHint, onError); // a linked root would show nothing
    if (isReplaced) options.onReplaced();
  }

  function onHint() {
    hintTimer ??= clock.after(hintDelayMs, () => {
      hintTimer = null;
      scan();
    });
  }

  function onError(detail: string) {
    if (!hasToldFailure) emit({ event: 'watch.failed', path: dir, detail });
    hasToldFailure = true;
    hasFailed = true;
  }

  return {
    rescan() {
      if (hasFailed) rewatch(watched); // no watches left for the user, for example; by now there may be some
      return scan();
    },
    active: () => (last.rejection ? [] : activePlugins(last)),
    scripts: () =>
      [...last.scripts.values()].map(({ plugin, rejection, isSettled }) => ({
        plugin,
        rejection,
        advice: rejection && adviceOnScript(rejection),
        isSettled,
      })),
    suspension: () => last.rejection && adviceOnDirectory(last.rejection),
    whyNoPlugin: (entry) => whyNoPlugin(files, dir, entry),
    lookAgain(plugin) {
      if (plugin.path !== `${dir}/${plugin.file}`) return { kind: 'gone' }; // of another directory, which this one has replaced
      const script = rescanScript(files, plugin, checker, clock, last);
      if (!script || !isAsAccepted(files, dir, checker, last)) return { kind: 'gone' };
      if (script.rejection) return { kind: 'rejected', rejection: script.rejection };
      return { kind: script.isSettled ? 'accepted' : 'unsettled' };
    },
    close() {
      isClosed = true;
      hintTimer?.cancel();
      unsettledTimer?.cancel();
      watch?.close();
    },
  };
}
