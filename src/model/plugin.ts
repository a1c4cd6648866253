import type { Advice } from './advice.ts';
import type { ExposedFolder } from './exposed-folder.ts';

/**
 * A script's file name, which is unique: claims, state and status are kept under it. In another
 * directory than the script directory it has the directory's NAME in front, `NAME/FILE`; a command
 * is `command/NAME`. Built by `pluginFile`.
 */
export type PluginFile = string & { readonly brand: 'PluginFile' };

/** The metric prefix of a plugin, `a` for both `a.sh` and `a.rb`. Built by `pluginName`. */
export type PluginName = string & { readonly brand: 'PluginName' };

/**
 * What the agent runs: one accepted script. `path` is absolute. `directory` is the NAME of the
 * `[directory:NAME]` that it is in; missing: the script directory, or none. `args` are those of the
 * `command` in its section; missing: it is a file in a directory.
 */
export type Plugin = {
  readonly file: PluginFile;
  readonly name: PluginName;
  readonly path: string;
  readonly directory?: string;
  readonly args?: readonly string[];
};

/**
 * Where a symbolic link in the plugin directory leads. `isInside`: to a file of that directory.
 * `isReadable`: the agent may read it.
 */
export type LinkTarget = { readonly path: string; readonly isInside: boolean; readonly isReadable: boolean };

/**
 * What the permission check found of a file, or of the target of a link to one. `mode` holds the
 * twelve permission bits; `user` and `agentUser` are names, null where there is none.
 */
export type RefusedFile = {
  readonly path: string;
  /** Null: it is not a link. */
  readonly link: LinkTarget | null;
  readonly mode: number;
  readonly uid: number;
  readonly user: string | null;
  readonly agentUid: number;
  readonly agentUser: string | null;
};

/**
 * A file or directory of another system that someone else than root and the agent's user can
 * replace or change. `section` of the configuration names it.
 */
export type UnguardedPath = {
  readonly path: string;
  readonly section: string;
  /** The folder on the way, or with an empty `entry` the file or directory itself. */
  readonly by: ExposedFolder;
};

/** Why the permission check refused a script. */
export type PluginRejection =
  /** It has no execute bit and no `#!` line. `hiddenPath`: a free path that is never a plugin. */
  | ({ readonly kind: 'not-a-script'; readonly hiddenPath: string } & RefusedFile)
  | ({ readonly kind: 'wrong-owner' } & RefusedFile)
  | ({ readonly kind: 'wrong-mode' } & RefusedFile)
  /** It is a link, and others can put something else in the place of its target. */
  | { readonly kind: 'exposed'; readonly path: string; readonly target: string; readonly folder: ExposedFolder }
  | { readonly kind: 'dangling-link'; readonly path: string; readonly target: string }
  | ({ readonly kind: 'unguarded' } & UnguardedPath)
  /** It is in another directory, or a command, and the agent may not execute it. */
  | {
      readonly kind: 'not-executable';
      readonly path: string;
      /** Without links. */
      readonly file: string;
      readonly isOwn: boolean;
      /** Without any execute bit and without a `#!` line, it is evidently not a script. */
      readonly isScript: boolean;
    }
  /** No regular file is there. `target`: where a link leads; null: it is not a link. */
  | {
      readonly kind: 'no-program';
      readonly path: string;
      readonly target: string | null;
      readonly section: string;
      readonly isMissing: boolean;
    }
  | {
      readonly kind: 'unreadable';
      readonly path: string;
      readonly code: string;
      /** Where it leads; null: it is not a link. */
      readonly target: string | null;
    };

/** What is wrong with a rejected script, as the status names it. */
export type ScriptAdviceKind =
  | 'not-a-script'
  | 'wrong-mode'
  | 'not-executable'
  | 'wrong-owner'
  | 'exposed-folder'
  | 'unreadable';

/** What is noteworthy about an accepted script: its first line, or who can replace its target. */
export type ScriptNoteKind = 'byte-order-mark' | 'long-shebang' | 'no-shebang' | 'group-writable';

/**
 * A script as the permission check found it. `rejection` null: accepted; `advice` says it in
 * words, with what to type. `isSettled` false: it may still be being written.
 */
export type JudgedScript = {
  readonly plugin: Plugin;
  readonly rejection: PluginRejection | null;
  readonly advice: Advice<ScriptAdviceKind> | null;
  /** What is wrong with a script that may work all the same; null: nothing. */
  readonly note: Advice<ScriptNoteKind> | null;
  /** Which scripts share its plugin name, and how to rename it; null: no other one does. */
  readonly collision: Advice<'name-collision'> | null;
  /** Returns a file name that no other entry has, and that gives a plugin name of its own. */
  readonly freeName: () => string;
  readonly isSettled: boolean;
};

/**
 * Why the plugin directory as a whole can't be used. While this lasts every plugin is suspended.
 * `target`: where its path leads; null: it is not a link.
 */
export type DirectoryRejection =
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'not-a-directory'; readonly path: string }
  | ({ readonly kind: 'wrong-owner'; readonly target: string | null } & Omit<RefusedFile, 'link'>)
  | ({ readonly kind: 'wrong-mode'; readonly target: string | null } & Omit<RefusedFile, 'link'>)
  | { readonly kind: 'unreadable'; readonly path: string; readonly code: string }
  | ({ readonly kind: 'unguarded' } & UnguardedPath)
  /** The path in this section leads to nothing, or to something else. */
  | { readonly kind: 'no-directory'; readonly path: string; readonly section: string; readonly isMissing: boolean }
  /** Others can put another directory in its place. */
  | { readonly kind: 'exposed'; readonly path: string; readonly folder: ExposedFolder }
  /** Another agent, process `pid`, runs its plugins. */
  | { readonly kind: 'in-use'; readonly path: string; readonly pid: number }
  /** It is the directory of another section, perhaps by a link. `by` names that one. */
  | { readonly kind: 'shared'; readonly path: string; readonly by: string };

/** Makes a plugin's identity of a directory entry's name. */
export function pluginFile(entry: string): PluginFile {
  return entry as PluginFile;
}

/** Makes the identity of a plugin in a `[directory:NAME]`. */
export function directoryFile(directory: string, entry: string): PluginFile {
  return pluginFile(`${directory}/${entry}`);
}

/** Makes the identity of a plugin that is a command, by the NAME of its section. */
export function commandFile(name: string): PluginFile {
  return directoryFile('command', name);
}

/** Whether a plugin is a script in the script directory. */
export function isInScriptDirectory({ directory, args }: Plugin): boolean {
  return directory === undefined && args === undefined;
}

/** The name by which a plugin's section is found: without the directory in front. */
export function sectionName({ file, directory, args }: Plugin): string {
  if (directory !== undefined) return file.slice(directory.length + 1);
  return args === undefined ? file : file.slice('command/'.length);
}

/**
 * The metric prefix for a script: its file name less the last extension, every character outside
 * `[A-Za-z0-9_.-]` as `_`, leading, trailing and repeated dots collapsed. `with.ext.sh` gives
 * `with.ext`, `we ird@x.sh` gives `we_ird_x`.
 */
export function pluginName(file: string): PluginName {
  return wholeName(file.replace(/(?<=.)\.[^.]*$/s, ''));
}

/** The metric prefix that `pluginName` makes, where a dot in the name begins no extension. */
export function wholeName(text: string): PluginName {
  const clean = text
    .replace(/[^A-Za-z0-9_.-]/gu, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '');
  return (clean === '' ? '_' : clean) as PluginName;
}
