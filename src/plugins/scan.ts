import type { Clock } from '../io/clock.ts';
import type { FileFacts, Files } from '../io/disk/files.ts';
import type { Advice } from '../model/advice.ts';
import {
  type DirectoryRejection,
  type Plugin,
  type PluginFile,
  type PluginRejection,
  pluginFile,
  pluginName,
} from '../model/plugin.ts';
import { typeable } from '../words/shell-words.ts';
import { isIgnoredName, judgeDirectory, judgeScript, type PermissionChecker } from './permissions.ts';

/** One script as a scan found it. `rejection` null: accepted. `isSettled` false: it may still be being written. */
export type Script = {
  readonly plugin: Plugin;
  readonly rejection: PluginRejection | null;
  readonly fingerprint: string;
  readonly isSettled: boolean;
  /** When this fingerprint was first seen, in ms of the clock that only goes forward. */
  readonly seenMs: number;
};

/** The directory as it is now. `identity` is null when it can't be entered; scripts are empty when it is rejected. `appearance` is that of a directory that was accepted; else null. */
export type Scan = {
  readonly appearance: string | null;
  readonly rejection: DirectoryRejection | null;
  readonly identity: string | null;
  readonly scripts: ReadonlyMap<PluginFile, Script>;
};

const settledAgeMs = 300;
const settledGapMs = 100;

/** Before the first scan. */
export const emptyScan: Scan = { appearance: null, rejection: null, identity: null, scripts: new Map() };

/** Reads the directory and judges every script in it: the truth about which plugins there are. `previous` is what the last scan gave. Never throws. */
export function scanDirectory(
  files: Files,
  dir: string,
  checker: PermissionChecker,
  clock: Clock,
  previous: Scan,
): Scan {
  const appearance = files.fingerprint(dir);
  const facts = files.facts(dir);
  const entries = files.entries(dir);
  const rejection =
    judgeDirectory(dir, facts, checker) ?? (isList(entries) ? null : judgeDirectory(dir, entries, checker));
  const identity = facts.kind === 'directory' && isList(entries) ? `${files.realpath(dir)}:${facts.identity}` : null;
  if (rejection || !isList(entries)) return { appearance: null, rejection, identity, scripts: new Map() };
  const scripts = new Map<PluginFile, Script>();
  for (const entry of [...entries].sort()) {
    if (!previous.scripts.has(pluginFile(entry)) && isIgnoredName(entry)) continue;
    const script = look(files, `${dir}/${entry}`, entry, checker, clock, previous);
    if (script) scripts.set(script.plugin.file, script);
  }
  return { appearance, rejection: null, identity, scripts };
}

/** Whether the directory is still as it was accepted. Never throws. */
export function isAsAccepted(files: Files, dir: string, checker: PermissionChecker, { appearance }: Scan): boolean {
  return (
    (appearance !== null && files.fingerprint(dir) === appearance) ||
    judgeDirectory(dir, files.facts(dir), checker) === null
  );
}

/** Looks at one script again, right before it runs. Null: it is no plugin any more. Never throws. */
export function rescanScript(
  files: Files,
  plugin: Plugin,
  checker: PermissionChecker,
  clock: Clock,
  previous: Scan,
): Script | null {
  return look(files, plugin.path, plugin.file, checker, clock, previous);
}

function look(
  files: Files,
  path: string,
  entry: string,
  checker: PermissionChecker,
  clock: Clock,
  previous: Scan,
): Script | null {
  const file = pluginFile(entry);
  const before = previous.scripts.get(file);
  const fingerprint = files.fingerprint(path) ?? '';
  const isSame = fingerprint !== '' && before?.fingerprint === fingerprint && before.plugin.path === path;
  if (isSame && before.isSettled) return before; // as it was, and so is what is thought of it
  const facts = files.facts(path);
  const isLink = facts.kind === 'failed' && files.isLink(path);
  const rejection = judgeScript(path, facts, isLink, checker);
  if (rejection === 'no-plugin') return null;
  const plugin: Plugin = { file, name: pluginName(entry), path };
  const nowMs = clock.monotonicMs();
  if (facts.kind === 'failed') return { plugin, rejection, fingerprint: '', isSettled: true, seenMs: nowMs }; // looked at again each time
  const seenMs = isSame ? before.seenMs : nowMs;
  return {
    plugin,
    rejection,
    fingerprint,
    isSettled: isOld(facts, clock.nowMs()) || nowMs - seenMs >= settledGapMs,
    seenMs,
  };
}

/** Why an entry of the directory is not a plugin, and what to type; null: there is no such entry, or it is a plugin. Never throws. */
export function whyNoPlugin(files: Files, dir: string, entry: string): Advice<'not-a-plugin'> | null {
  if (entry.includes('/')) return null;
  const path = `${dir}/${entry}`;
  const facts = files.facts(path);
  if (facts.kind === 'failed') return null;
  if (facts.kind === 'directory') return notAPlugin(`${entry} is a directory; scripts lie in ${typeable(dir)} itself`);
  if (facts.kind === 'other') return notAPlugin(`${entry} is not a regular file; put a script in its place`);
  if (!isIgnoredName(entry)) return null;
  const plain = plainName(entry);
  const why = `the name ${entry} is one that is never run (hidden, or left behind by an editor or a package manager)`;
  if (files.facts(`${dir}/${plain}`).kind !== 'failed')
    return notAPlugin(`${why}; the script itself is ${plain}`, `instrument_server status ${typeable(plain)}`);
  return notAPlugin(why, `mv ${typeable(path)} ${typeable(`${dir}/${plain}`)}`);
}

function notAPlugin(sentence: string, ...commands: readonly string[]): Advice<'not-a-plugin'> {
  return { kind: 'not-a-plugin', sentence, commands };
}

/** The name that an ignored one was most likely to have. */
function plainName(entry: string): string {
  const bare = entry.replace(/^[.#]+|[~#]+$|\.(sw[px]|tmp|bak|orig|rej|rpm\w+|(dpkg|ucf)-.*|ansible_tmp.*)$/g, '');
  return bare === '' || isIgnoredName(bare) ? 'NAME' : bare;
}

/** By its own times, which the wall clock gave: nobody is writing to it any more. Never so for times that lie in the future. */
function isOld(facts: FileFacts, nowMs: number): boolean {
  return nowMs - Math.max(facts.mtimeMs, facts.ctimeMs) > settledAgeMs;
}

function isList(entries: ReturnType<Files['entries']>): entries is readonly string[] {
  return Array.isArray(entries);
}
