import type { Config, SettingOrigins } from '../model/config.ts';
import type { Plugin } from '../model/plugin.ts';
import type { ShownSetting } from '../model/status.ts';
import { defaultPluginSettings, isEnabled, pluginSectionOf, pluginSettings, settingsOf } from './plugin-settings.ts';
import { formatDuration } from './values.ts';

const unset: SettingOrigins = new Map();

/**
 * How a plugin is run, as `status` shows it: whether, how often, in which format, and what else its
 * section or that of its directory sets. Values of variables may be secrets, and are `…`.
 */
export function shownSettings(config: Config, plugin: Plugin): readonly ShownSetting[] {
  const own = pluginSectionOf(config.plugins, plugin) ?? defaultPluginSettings;
  const directory = plugin.directory === undefined ? undefined : config.directories.get(plugin.directory);
  const { intervalS, format, args, keepNames, mute, unit, env } = settingsOf(config, plugin);
  const ofDirectory = directory?.origins ?? unset;
  const inherited = (key: string) => own.origins.get(key) ?? ofDirectory.get(key) ?? null;
  const ownOnly = ({ key }: { readonly key: string }, value: string): readonly ShownSetting[] => {
    const source = own.origins.get(key);
    return source === undefined ? [] : [{ key, value, source }];
  };
  const isOff = directory?.enabled === false && own.enabled;
  const ofAll = format === config.scripts.format && config.scripts.format !== 'native' ? '[scripts] format' : null;
  return [
    {
      key: 'enabled',
      value: String(isEnabled(config, plugin)),
      source: (isOff ? ofDirectory : own.origins).get('enabled') ?? null,
    },
    {
      key: 'interval',
      value: formatDuration((intervalS ?? config.reportIntervalS) * 1000),
      source: inherited('interval'),
    },
    { key: 'format', value: format, source: inherited('format') ?? ofAll },
    ...ownOnly(pluginSettings.args, pluginSettings.args.kind.show(args)),
    ...(own.command === null ? [] : ownOnly(pluginSettings.command, pluginSettings.command.kind.show(own.command))),
    ...ownOnly(pluginSettings.keepNames, String(keepNames)),
    ...(mute === null ? [] : ownOnly(pluginSettings.mute, pluginSettings.mute.kind.show(mute))),
    ...(unit === null ? [] : ownOnly(pluginSettings.unit, pluginSettings.unit.kind.show(unit))),
    ...Object.keys(env).map((name) => ({ key: `env.${name}`, value: '…', source: inherited(`env.${name}`) })),
  ];
}
