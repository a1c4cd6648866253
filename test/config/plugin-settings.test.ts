import { expect, test } from 'vitest';
import { defaultPluginSettings, settingsOf, settingsSection } from '../../src/config/plugin-settings.ts';
import type { DirectorySettings, PluginSettings } from '../../src/model/config.ts';
import { type Plugin, pluginFile, pluginName } from '../../src/model/plugin.ts';
import { testConfig } from '../helpers/test-daemon.ts';

const plugin: Plugin = { file: pluginFile('a.sh'), name: pluginName('a.sh'), path: '/scripts/a.sh' };
const config = testConfig({ scripts: '/scripts', state: '/state' });
const every = defaultPluginSettings;
const munin: DirectorySettings = {
  path: '/m',
  enabled: true,
  intervalS: 300,
  format: 'munin',
  env: { A: 'm', B: 'm' },
  origins: new Map(),
};
const inMunin: Plugin = { ...plugin, file: pluginFile('munin/a.sh'), directory: 'munin' };

function settings(sections: Record<string, PluginSettings>, of: Plugin = plugin, directories = { munin }) {
  const { scripts } = config;
  return settingsOf(
    { plugins: new Map(Object.entries(sections)), directories: new Map(Object.entries(directories)), scripts },
    of,
  );
}

test('a plugin without a section is enabled, runs at every tick, and has no environment of its own', () => {
  expect(settings({})).toEqual({
    enabled: true,
    intervalS: null,
    format: 'native',
    args: [],
    keepNames: false,
    mute: null,
    unit: null,
    env: {},
  });
});

test('the section of the plugin name holds for each of its files', () => {
  expect(settings({ a: { ...every, intervalS: 300 } }).intervalS).toBe(300);
});

test('the section of the file name wins over that of the plugin name', () => {
  const sections = { a: every, 'a.sh': { ...every, enabled: false } };
  expect(settings(sections).enabled).toBe(false);
  expect(settings(sections, inMunin).enabled).toBe(false);
});

test('the section of a command is not that of a file of the same name', () => {
  const sections = { a: { ...every, command: ['/bin/a'] as const, format: 'nagios' as const } };
  expect(settings(sections).format).toBe('native');
  expect(settings(sections, inMunin).format).toBe('munin');
  expect(settings(sections, { ...plugin, file: pluginFile('command/a'), args: [] }).format).toBe('nagios');
  const other = { 'a.sh': { ...every, command: ['/bin/a'] as const }, a: { ...every, intervalS: 300 } };
  expect(settings(other).intervalS).toBe(300);
});

test('the section of another plugin is not taken', () => {
  expect(settings({ 'a.rb': { ...every, enabled: false } }).enabled).toBe(true);
});

test("what a plugin's own section does not set is that of its directory", () => {
  expect(settings({}, inMunin)).toMatchObject({ intervalS: 300, format: 'munin', env: { A: 'm', B: 'm' } });
  const own = { ...every, intervalS: 60, format: 'nagios' as const, env: { A: 'own' } };
  expect(settings({ a: own }, inMunin)).toMatchObject({ intervalS: 60, format: 'nagios', env: { A: 'own', B: 'm' } });
});

test('a directory that is switched off switches its plugins off', () => {
  expect(settings({ a: every }, inMunin, { munin: { ...munin, enabled: false } }).enabled).toBe(false);
});

test('a plugin of a directory that is gone from the configuration has the defaults', () => {
  expect(settings({}, { ...inMunin, directory: 'other' })).toMatchObject({ intervalS: null, format: 'native' });
});

test('a script has the format of [scripts], a command does not', () => {
  const sections = {
    plugins: new Map<string, PluginSettings>(),
    directories: new Map<string, DirectorySettings>(),
    scripts: { ...config.scripts, format: 'value' as const },
  };
  expect(settingsOf(sections, plugin).format).toBe('value');
  expect(settingsOf(sections, { ...plugin, args: [] }).format).toBe('native');
});

test('the section that is named for a plugin is never that of a command, unless it is the command', () => {
  const command = { ...every, command: ['/bin/a'] as const };
  const named = (sections: Record<string, PluginSettings>, of: Plugin) =>
    settingsSection(new Map(Object.entries(sections)), of);
  for (const of of [plugin, inMunin]) {
    expect(named({}, of)).toBe('[plugin:a]');
    expect(named({ 'a.sh': every, a: every }, of)).toBe('[plugin:a.sh]');
    expect(named({ a: command }, of)).toBe('[plugin:a.sh]');
    expect(named({ 'a.sh': command, a: every }, of)).toBe('[plugin:a]');
    expect(named({ 'a.sh': command, a: command }, of)).toBe(
      '[plugin:NEW_NAME] (rename /scripts/a.sh to that: [plugin:a.sh] is about a command)',
    );
  }
  expect(named({ a: command }, { ...plugin, file: pluginFile('command/a'), args: [] })).toBe('[plugin:a]');
});
