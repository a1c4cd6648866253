import type { FormatName } from '../model/format.ts';
import {
  commandFile,
  directoryFile,
  type Plugin,
  type PluginFile,
  pluginFile,
  pluginName,
  wholeName,
} from '../model/plugin.ts';
import { commandRule, guardedRule } from './guarded-rule.ts';
import { type PermissionRule, privateRule } from './rule.ts';

/**
 * Where plugins come from: how they are named and judged. An entry is the name of a file in a
 * directory, or the NAME of the section that holds a command.
 */
export type PluginOrigin = {
  readonly rule: PermissionRule;
  /** The identity of an entry. */
  fileOf(entry: string): PluginFile;
  /** The plugin of an entry, whose script is at this path. */
  pluginAt(entry: string, path: string): Plugin;
};

/** The script directory. */
export const scriptDirectory: PluginOrigin = {
  rule: privateRule,
  fileOf: pluginFile,
  pluginAt: (entry, path) => ({ file: pluginFile(entry), name: pluginName(entry), path }),
};

/**
 * The `[directory:NAME]` of this name. `format` is that of its section. Munin's links end in what
 * they are about, as in `ping_192.0.2.7`: their dots begin no extension.
 */
export function directoryOrigin(directory: string, format: FormatName): PluginOrigin {
  const nameOf = format === 'munin' ? wholeName : pluginName;
  const fileOf = (entry: string) => directoryFile(directory, entry);
  return {
    rule: guardedRule(`[directory:${directory}]`),
    fileOf,
    pluginAt: (entry, path) => ({ file: fileOf(entry), name: nameOf(entry), path, directory }),
  };
}

/** The `command` of the `[plugin:NAME]` of this name. The dots of NAME begin no extension. */
export function commandOrigin(name: string, args: readonly string[]): PluginOrigin {
  return {
    rule: commandRule(`[plugin:${name}]`),
    fileOf: commandFile,
    pluginAt: (entry, path) => ({ file: commandFile(entry), name: wholeName(entry), path, args }),
  };
}
