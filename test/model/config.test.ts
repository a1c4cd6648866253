import { expect, test } from 'vitest';
import { isDue, type PluginSettings, settingsOf } from '../../src/model/config.ts';
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

test('a plugin without an interval of its own is due at every tick, one with it at its multiples only', () => {
  const ticks = [0, 60, 120, 180, 240, 300, 600];
  expect(ticks.filter((atS) => isDue(every, atS, atS - 60))).toEqual(ticks);
  expect(ticks.filter((atS) => isDue({ ...every, intervalS: 300 }, atS, atS - 60))).toEqual([0, 300, 600]);
  expect(isDue({ ...every, intervalS: 300 }, 360, 240)).toBe(true); // the tick at 300 was slept through
});

test('a disabled plugin is never due', () => {
  expect(isDue({ ...every, enabled: false }, 0, -60)).toBe(false);
  expect(isDue({ ...every, enabled: false, intervalS: 60 }, 60, 0)).toBe(false);
});
