import type { Config, PluginSettings } from '../model/config.ts';
import type { Plugin } from '../model/plugin.ts';
import { fixed, fixedValue, none } from './defaults.ts';
import { type Rows, setting, valuesOf } from './setting.ts';
import * as values from './values.ts';

/** The keys of `[plugin:NAME]`: each row stands where its value lands in `PluginSettings`. */
export const pluginSettings = {
  enabled: setting('plugin:NAME', 'enabled', {
    kind: values.boolean,
    default: fixed(true),
    does: 'Whether the plugin runs.',
  }),
  intervalS: setting('plugin:NAME', 'interval', {
    kind: values.seconds(1, values.longestDurationS),
    default: none('every tick'),
    example: 'interval = 5m',
    does: 'The time between two runs of this plugin: a multiple of `report_interval`.',
  }),
} satisfies Rows<Omit<PluginSettings, 'env'>>;

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
    does: 'A variable for this plugin alone; it wins over the variable of the same name in `[env]`.',
  }),
};

/** The settings of a plugin that has no section. */
export const defaultPluginSettings: PluginSettings = {
  ...valuesOf(pluginSettings, (row) => fixedValue(row.default)),
  env: {},
};

/**
 * The settings of one plugin: those of the section that names its file, else those of the section
 * that names the plugin, else the defaults.
 */
export function settingsOf(plugins: Config['plugins'], plugin: Plugin): PluginSettings {
  return plugins.get(plugin.file) ?? plugins.get(plugin.name) ?? defaultPluginSettings;
}
