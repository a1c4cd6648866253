import type { Clock } from '../io/clock.ts';
import type { FileFacts, Files } from '../io/disk/files.ts';
import { atOnce } from '../io/walk.ts';
import type { Advice } from '../model/advice.ts';
import {
  type DirectoryRejection,
  type Plugin,
  type PluginFile,
  type PluginRejection,
  type ScriptNoteKind,
  sectionName,
} from '../model/plugin.ts';
import type { Walk } from '../model/walk.ts';
import { adviceOnGroup } from './exposure-advice.ts';
import { type PluginOrigin, scriptDirectory } from './origin.ts';
import { isIgnoredName, type PermissionChecker } from './permissions.ts';
import { noteOnScript } from './script-notes.ts';
import { isAsJudged, type Way, warnedFolder } from './way.ts';

/**
 * One script as a scan found it. `rejection` null: accepted. `isSettled` false: it may still be
 * being written.
 */
export type Script = {
  readonly plugin: Plugin;
  readonly rejection: PluginRejection | null;
  /**
   * What is wrong with it though it may work: in its first line, which was read when the script was
   * last changed, or on the way to its target.
   */
  readonly note: Advice<ScriptNoteKind> | null;
  /** The way to the target of a link; null: it is not a link. */
  readonly way: Way | null;
  readonly fingerprint: string;
  readonly isSettled: boolean;
  /** When a scan first saw this fingerprint, by the monotonic clock. */
  readonly seenMs: number;
};

/** A warning about the way to `path`. */
export type Exposure = { readonly path: string; readonly advice: Advice<'group-writable'> };

/** The directory as one scan found it. */
export type Scan = {
  /** The fingerprint of the directory; null: it is rejected. */
  readonly fingerprint: string | null;
  /** Its device and inode; null: it is rejected. */
  readonly inode: string | null;
  /** The folders above it, judged; null: it is not there. */
  readonly way: Way | null;
  /** That members of a group can put another directory in its place; null: they can't. */
  readonly exposure: Exposure | null;
  /** How strict the verdicts are. */
  readonly isStrict: boolean;
  /** Why the directory can't be used; null: it is accepted. */
  readonly rejection: DirectoryRejection | null;
  /** Which directory it is; null: it can't be entered. */
  readonly identity: string | null;
  /**
   * Every script in it, accepted or not; empty if the directory is rejected. The same map as that
   * of the scan before while each script is.
   */
  readonly scripts: ReadonlyMap<PluginFile, Script>;
  /** The files of these scripts, in the same set while the map is the same. */
  readonly files: ReadonlySet<PluginFile>;
  /** Every name in it, of scripts and of anything else. The same list while the names are. */
  readonly entries: readonly string[];
};

/** A script is settled if it was last changed longer ago than this, by its own times. */
const settledAgeMs = 300;
/** A script is settled, too, if two looks at least this far apart found it the same. */
const settledGapMs = 100;

/** A smaller directory is scanned in one step, whatever the processor does beside it. */
export const scriptsAStep = 20;

/** Stands for the last scan before there is one. */
export const emptyScan: Scan = {
  fingerprint: null,
  inode: null,
  way: null,
  exposure: null,
  isStrict: false,
  rejection: null,
  identity: null,
  scripts: new Map(),
  files: new Set(),
  entries: [],
};

/** Does all of `scanWalk` at once. */
export function scanDirectory(...what: Parameters<typeof scanWalk>): Scan {
  return atOnce(scanWalk(...what));
}

/**
 * Reads the directory and judges every script in it: the truth about which plugins there are.
 * `previous` is the last scan. Each script is as it was when its turn came. Never throws.
 */
export function* scanWalk(
  files: Files,
  dir: string,
  checker: PermissionChecker,
  clock: Clock,
  previous: Scan,
  origin: PluginOrigin = scriptDirectory,
): Walk<Scan> {
  const { rule } = origin;
  const way = rule.wayToDirectory(files, dir, checker, previous.way); // first: then no one else can change what follows
  const fingerprint = files.fingerprint(dir);
  const facts = files.facts(dir);
  const entries = files.entries(dir);
  const rejection =
    rule.judgeDirectory(dir, facts, way, files, checker) ??
    (isList(entries) ? null : rule.judgeDirectory(dir, entries, null, files, checker));
  const identity = isList(entries) ? identityOf(files, dir, facts) : null;
  if (rejection || !isList(entries)) return { ...emptyScan, way, rejection, identity };
  const scripts = new Map<PluginFile, Script>();
  const known = { scripts: previous.scripts, isStrict: previous.isStrict, way };
  let [looked, changed] = [0, 0];
  for (const entry of [...entries].sort()) {
    looked += 1;
    if (looked % scriptsAStep === 0) yield;
    const before = previous.scripts.get(origin.fileOf(entry));
    if (before === undefined && isIgnoredName(entry)) continue;
    const script = lookAtScript(files, `${dir}/${entry}`, entry, checker, clock, known, origin);
    if (script !== (before ?? null)) changed += 1;
    if (script) scripts.set(script.plugin.file, script);
  }
  const inode = facts.kind === 'failed' ? null : facts.inode;
  const warned = warnedFolder(way, checker);
  const exposure = warned && { path: dir, advice: adviceOnGroup(dir, warned) };
  const isSame = changed === 0 && scripts.size === previous.scripts.size;
  const found = isSame ? previous : { scripts, files: new Set(scripts.keys()) };
  const names = areEqual(previous.entries, entries) ? previous.entries : entries;
  const judged = { way, exposure, isStrict: checker.isStrict, rejection: null };
  return { ...judged, fingerprint, inode, identity, scripts: found.scripts, files: found.files, entries: names };
}

/**
 * Looks at one script again, right before it runs. Null: it is not a plugin any more. Never
 * throws.
 */
export function rescanScript(
  files: Files,
  plugin: Plugin,
  checker: PermissionChecker,
  clock: Clock,
  previous: Scan,
  origin: PluginOrigin = scriptDirectory,
): Script | null {
  return lookAtScript(files, plugin.path, sectionName(plugin), checker, clock, previous, origin);
}

/** The accepted scripts that are not being written any more. */
export function runnablePlugins(scan: Scan): readonly Plugin[] {
  const runnable: Plugin[] = [];
  for (const { rejection, isSettled, plugin } of scan.scripts.values())
    if (!rejection && isSettled) runnable.push(plugin);
  return runnable;
}

/** Whether an accepted script may still be being written. */
export function hasUnsettled(scan: Scan): boolean {
  for (const { rejection, isSettled } of scan.scripts.values()) if (!rejection && !isSettled) return true;
  return false;
}

/** What the last look at a script, right before it runs, found. */
export type LastLook =
  | { readonly kind: 'accepted' }
  /** The script is not there any more, or its directory is gone or may not be used. */
  | { readonly kind: 'gone' }
  /** It may still be being written. */
  | { readonly kind: 'unsettled' }
  | { readonly kind: 'rejected'; readonly rejection: PluginRejection };

/** What a look right before a run comes to. `script` null: it is not a plugin any more. */
export function lastLookOf(script: Script | null): LastLook {
  if (!script) return { kind: 'gone' };
  if (script.rejection) return { kind: 'rejected', rejection: script.rejection };
  return { kind: script.isSettled ? 'accepted' : 'unsettled' };
}

function lookAtScript(
  files: Files,
  path: string,
  entry: string,
  checker: PermissionChecker,
  clock: Clock,
  previous: Pick<Scan, 'scripts' | 'isStrict' | 'way'>,
  { rule, fileOf, pluginAt }: PluginOrigin,
): Script | null {
  const file = fileOf(entry);
  const before = previous.scripts.get(file);
  const fingerprint = files.fingerprint(path) ?? '';
  const isSame = fingerprint !== '' && before?.fingerprint === fingerprint && before.plugin.path === path;
  const formerWay = isSame ? before.way : null;
  const isWaySame = formerWay === null || (isAsJudged(files, formerWay) && previous.isStrict === checker.isStrict);
  if (isSame && isWaySame && before.isSettled) return before; // the same file gets the same verdict
  const way = rule.wayToScript(files, path, checker, formerWay);
  const facts = files.facts(path);
  const rejection = rule.judgeScript(path, facts, way, files, checker);
  if (rejection === 'no-plugin') return null;
  const plugin = pluginAt(entry, path);
  const nowMs = clock.monotonicMs();
  // Without a fingerprint, each scan looks at it again
  if (facts.kind === 'failed')
    return { plugin, rejection, note: null, way, fingerprint: '', isSettled: true, seenMs: nowMs };
  const warned = warnedFolder(way, checker);
  const ofWay = warned && warned.folder !== previous.way?.byGroup?.folder ? adviceOnGroup(path, warned) : null;
  const isNoted = rejection === null && checker.checksModes; // Windows knows no #! line
  const note = isNoted ? (ofWay ?? noteOnScript(files, path)) : null;
  const seenMs = isSame ? before.seenMs : nowMs;
  return {
    plugin,
    rejection,
    note,
    way,
    fingerprint,
    isSettled: isOldEnough(facts, clock.nowMs()) || nowMs - seenMs >= settledGapMs,
    seenMs,
  };
}

/**
 * Whether the script was left alone for long enough, by its own times, which are of the wall
 * clock. Never so for times in the future.
 */
function isOldEnough(facts: FileFacts, nowMs: number): boolean {
  return nowMs - Math.max(facts.mtimeMs, facts.ctimeMs) > settledAgeMs;
}

/** Which directory a path leads to, if it can be read; null: to none. */
export function watchableDirectory(files: Files, dir: string): string | null {
  return isList(files.entries(dir)) ? identityOf(files, dir, files.facts(dir)) : null;
}

function identityOf(files: Files, dir: string, facts: ReturnType<Files['facts']>): string | null {
  return facts.kind === 'directory' ? `${files.realpath(dir)}:${facts.identity}` : null;
}

function areEqual(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((entry, index) => entry === after[index]);
}

function isList(entries: ReturnType<Files['entries']>): entries is readonly string[] {
  return Array.isArray(entries);
}
