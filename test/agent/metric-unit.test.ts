import { expect, test } from 'vitest';
import { configuredUnit } from '../../src/agent/metric-unit.ts';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { type Plugin, pluginFile, pluginName } from '../../src/model/plugin.ts';
import { testConfig } from '../helpers/test-daemon.ts';

const plugin = (file: string): Plugin => ({ file: pluginFile(file), name: pluginName(file), path: `/scripts/${file}` });

test('a metric has the unit of the plugin with the longest name that it begins with', () => {
  const plugins = new Map([
    ['a', { ...defaultPluginSettings, unit: 'ms' }],
    ['a.b', { ...defaultPluginSettings, unit: '°C' }],
  ]);
  const config = testConfig({ scripts: '/scripts', state: '/state' }, { plugins });
  const unitOf = (metric: string) => configuredUnit(metric, config, ['a.b.sh', 'a.sh', 'c.sh'].map(plugin));
  expect(unitOf('testhost.a.time')).toBe('ms');
  expect(unitOf('testhost.a.b.inside')).toBe('°C');
  expect(['testhost.c.x', 'testhost.ab.x', 'other.a.time'].map(unitOf)).toEqual(['', '', '']);
});
