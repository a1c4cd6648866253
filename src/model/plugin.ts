import type { Advice } from './advice.ts';

/**
 * A script's file name. Unique in its directory: claims, state and status are kept under it.
 * Built by `pluginFile`.
 */
export type PluginFile = string & { readonly brand: 'PluginFile' };

/** The metric prefix of a plugin, `a` for both `a.sh` and `a.rb`. Built by `pluginName`. */
export type PluginName = string & { readonly brand: 'PluginName' };

/** What the agent runs: one accepted script. `path` is absolute. */
export type Plugin = { readonly file: PluginFile; readonly name: PluginName; readonly path: string };

/** Why the permission check refused a script. `mode` holds the twelve permission bits. */
export type PluginRejection =
  | { readonly kind: 'wrong-owner'; readonly path: string; readonly uid: number; readonly agentUid: number }
  | { readonly kind: 'wrong-mode'; readonly path: string; readonly mode: number }
  | { readonly kind: 'dangling-link'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly code: string };

/** What is wrong with a rejected script, as the status names it. */
export type ScriptAdviceKind = 'wrong-mode' | 'not-executable' | 'wrong-owner' | 'unreadable';

/**
 * A script as the permission check found it. `rejection` null: accepted; `advice` says it in
 * words, with what to type. `isSettled` false: it may still be being written.
 */
export type JudgedScript = {
  readonly plugin: Plugin;
  readonly rejection: PluginRejection | null;
  readonly advice: Advice<ScriptAdviceKind> | null;
  readonly isSettled: boolean;
};

/**
 * Why the plugin directory as a whole can't be used. While this lasts every plugin is suspended.
 */
export type DirectoryRejection =
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'not-a-directory'; readonly path: string }
  | { readonly kind: 'wrong-owner'; readonly path: string; readonly uid: number; readonly agentUid: number }
  | { readonly kind: 'wrong-mode'; readonly path: string; readonly mode: number }
  | { readonly kind: 'unreadable'; readonly path: string; readonly code: string }
  /** Another agent, process `pid`, runs its plugins. */
  | { readonly kind: 'in-use'; readonly path: string; readonly pid: number };

/** Makes a plugin's identity of a directory entry's name. */
export function pluginFile(entry: string): PluginFile {
  return entry as PluginFile;
}

/**
 * The metric prefix for a script: its file name less the last extension, every character outside
 * `[A-Za-z0-9_.-]` as `_`, leading, trailing and repeated dots collapsed. `with.ext.sh` gives
 * `with.ext`, `we ird@x.sh` gives `we_ird_x`.
 */
export function pluginName(file: string): PluginName {
  const stem = file.replace(/(?<=.)\.[^.]*$/s, '');
  const clean = stem
    .replace(/[^A-Za-z0-9_.-]/gu, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '');
  return (clean === '' ? '_' : clean) as PluginName;
}
