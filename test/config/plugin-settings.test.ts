import { expect, test } from 'vitest';
import { settingsOf } from '../../src/config/plugin-settings.ts';
import type { PluginSettings } from '../../src/model/config.ts';
import { type Plugin, pluginFile, pluginName } from '../../src/model/plugin.ts';

const plugin: Plugin = { file: pluginFile('a.sh'), name: pluginName('a.sh'), path: '/scripts/a.sh' };
const every: PluginSettings = { enabled: true, intervalS: null, env: {} };

test('a plugin without a section is enabled, runs at every tick, and has no environment of its own', () => {
  expect(settingsOf(new Map(), plugin)).toEqual({ enabled: true, intervalS: null, env: {} });
});

test('the section of the plugin name holds for each of its files', () => {
  const settings = { ...every, intervalS: 300 };
  expect(settingsOf(new Map([['a', settings]]), plugin)).toBe(settings);
});

test('the section of the file name wins over that of the plugin name', () => {
  const byFile = { ...every, enabled: false };
  const sections = new Map([
    ['a', every],
    ['a.sh', byFile],
  ]);
  expect(settingsOf(sections, plugin)).toBe(byFile);
});

test('the section of another plugin is not taken', () => {
  expect(settingsOf(new Map([['a.rb', { ...every, enabled: false }]]), plugin).enabled).toBe(true);
});
