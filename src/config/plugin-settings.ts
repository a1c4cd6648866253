import type { Config, DirectorySettings, PluginSettings, RunSettings } from '../model/config.ts';
import { type Plugin, sectionName } from '../model/plugin.ts';
import { fixed, fixedValue, none } from './defaults.ts';
import { mute } from './mute-value.ts';
import { type Rows, setting, valuesOf } from './setting.ts';
import * as values from './values.ts';
import * as words from './word-values.ts';

/** The keys of `[plugin:NAME]`: each row stands where its value lands in `PluginSettings`. */
export const pluginSettings = {
  enabled: setting('plugin:NAME', 'enabled', {
    kind: values.boolean,
    default: fixed(true),
    does: 'Whether the plugin runs.',
  }),
  intervalS: setting('plugin:NAME', 'interval', {
    kind: values.seconds(1, values.longestDurationS),
    default: none('that of its directory, else every tick'),
    example: 'interval = 5m',
    does: 'The time between two runs of this plugin: a multiple of `report_interval`.',
  }),
  format: setting('plugin:NAME', 'format', {
    kind: words.format,
    default: none('that of its directory'),
    example: 'format = nagios',
    does:
      'The format of its output; with another than `native` it is run without the arguments and the input ' +
      'that plugins of the agent get.',
  }),
  args: setting('plugin:NAME', 'args', {
    kind: words.words,
    default: fixed([]),
    example: 'args = -w 5,4,3 -c 10,8,6',
    does: 'Its arguments: words as in a shell, but no shell is run; with `format = native` those of the agent follow.',
  }),
  command: setting('plugin:NAME', 'command', {
    kind: words.command,
    default: none('none; the plugin is a file in a directory'),
    example: 'command = /usr/lib/nagios/plugins/check_disk -w 20% -c 10% -p /',
    does: 'A program to run as this plugin, and its arguments; then no file in a directory is needed.',
  }),
  keepNames: setting('plugin:NAME', 'keep_names', {
    kind: values.boolean,
    default: fixed(false),
    does: 'Whether the paths of `format = graphite` are sent as they are, without `HOST.PLUGIN.` in front.',
  }),
  mute: setting('plugin:NAME', 'mute', {
    kind: mute,
    default: none('its trouble counts'),
    example: 'mute = until 2027-01-31',
    does:
      'Until when trouble of this plugin is expected: it is shown, and does not count as something to look at; ' +
      'that day is the last one, by the clock of the host; `always`: for good.',
  }),
  unit: setting('plugin:NAME', 'unit', {
    kind: words.unit,
    default: none("that of its format, or of the metric's name"),
    example: 'unit = ms',
    does: "The unit of this plugin's values on the page, where its format gives none; sinks do not get it.",
  }),
} satisfies Rows<Omit<PluginSettings, 'env' | 'origins'>>;

/** The keys of `[directory:NAME]`, likewise. */
export const directorySettings = {
  path: setting('directory:NAME', 'path', {
    kind: values.path,
    default: none('none; it must be set'),
    example: 'path = /etc/munin/plugins',
    does:
      'The directory; it, what is in it, and each folder above must belong to root or to the user that runs ' +
      'the agent, and no one else may be able to write them.',
  }),
  enabled: setting('directory:NAME', 'enabled', {
    kind: values.boolean,
    default: fixed(true),
    does: 'Whether the plugins in it run.',
  }),
  intervalS: setting('directory:NAME', 'interval', {
    kind: values.seconds(1, values.longestDurationS),
    default: none('every tick'),
    example: 'interval = 5m',
    does: 'The time between two runs of its plugins: a multiple of `report_interval`.',
  }),
  format: setting('directory:NAME', 'format', {
    kind: words.format,
    default: fixed('native'),
    example: 'format = munin',
    does: 'The format of the output of its plugins.',
  }),
} satisfies Rows<Omit<DirectorySettings, 'env' | 'path' | 'origins'> & { readonly path: string | null }>;

/** The keys that stand for many: each name of an environment variable is a key of its own. */
export const variableSettings = {
  ofAll: setting('env', 'NAME', {
    kind: values.text,
    default: none('none'),
    example: 'MYSQL_HOST = db.example.com',
    does: 'A variable for every plugin; NAME has only letters, digits and `_` and does not begin with a digit.',
  }),
  ofPlugin: setting('plugin:NAME', 'env.NAME', {
    kind: values.text,
    default: none('none'),
    example: 'env.MYSQL_USER = monitor',
    does:
      'A variable for this plugin alone; it wins over the variable of the same name in `[env]` ' +
      'and in the section of its directory.',
  }),
  ofDirectory: setting('directory:NAME', 'env.NAME', {
    kind: values.text,
    default: none('none'),
    example: 'env.MUNIN_LIBDIR = /usr/share/munin',
    does: 'A variable for the plugins of this directory; it wins over the variable of the same name in `[env]`.',
  }),
};

/** The settings of a plugin that has no section. */
export const defaultPluginSettings: PluginSettings = {
  ...valuesOf(pluginSettings, (row) => fixedValue(row.default)),
  env: {},
  origins: new Map(),
};

/** Where the settings of plugins are. */
export type PluginSections = Pick<Config, 'plugins' | 'directories' | 'scripts'>;

/**
 * How one plugin is run: by the section that names its file, else by the section that names the
 * plugin; what that does not set, by the section of its directory; else by the defaults.
 */
export function settingsOf(sections: PluginSections, plugin: Plugin): RunSettings {
  const own = pluginSectionOf(sections.plugins, plugin) ?? defaultPluginSettings;
  const directory = plugin.directory === undefined ? null : (sections.directories.get(plugin.directory) ?? null);
  const { args, keepNames, mute: muted, unit } = own;
  return {
    enabled: isEnabled(sections, plugin),
    intervalS: own.intervalS ?? directory?.intervalS ?? null,
    format: own.format ?? directory?.format ?? (plugin.args === undefined ? sections.scripts.format : 'native'),
    args,
    keepNames,
    mute: muted,
    unit,
    env: directory === null ? own.env : { ...directory.env, ...own.env },
  };
}

/** Whether a plugin runs: its own section and that of its directory say so. */
export function isEnabled(sections: PluginSections, plugin: Plugin): boolean {
  const own = pluginSectionOf(sections.plugins, plugin) ?? defaultPluginSettings;
  const directory = plugin.directory === undefined ? undefined : sections.directories.get(plugin.directory);
  return own.enabled && (directory?.enabled ?? true);
}

/**
 * The section that sets how a plugin is run, or would, as it is written. One with a `command` is
 * about no file: where the names of a file are both taken so, it needs another name first.
 */
export function settingsSection(plugins: Config['plugins'], plugin: Plugin): string {
  const ofFile = sectionName(plugin);
  if (plugin.args !== undefined) return `[plugin:${ofFile}]`;
  const isCommand = (name: string) => plugins.get(name)?.command != null;
  const names = plugins.has(ofFile) ? [ofFile, plugin.name] : [plugin.name, ofFile];
  const free = names.find((name) => !isCommand(name));
  return free === undefined
    ? `[plugin:NEW_NAME] (rename ${plugin.path} to that: [plugin:${ofFile}] is about a command)`
    : `[plugin:${free}]`;
}

/** The section that sets how a plugin is run. One with a `command` is about that command alone. */
export function pluginSectionOf(plugins: Config['plugins'], plugin: Plugin): PluginSettings | undefined {
  if (plugin.args !== undefined) return plugins.get(sectionName(plugin));
  if (plugins.size === 0) return undefined; // asked for several times a run
  return ofFiles(plugins.get(sectionName(plugin))) ?? ofFiles(plugins.get(plugin.name));
}

function ofFiles(section: PluginSettings | undefined): PluginSettings | undefined {
  return section?.command === null ? section : undefined;
}
