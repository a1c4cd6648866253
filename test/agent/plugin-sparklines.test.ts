import { expect, test } from 'vitest';
import { prefixedMetricsOf } from '../../src/agent/plugin-sparklines.ts';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import type { PluginSettings } from '../../src/model/config.ts';
import { type Plugin, pluginFile, pluginName } from '../../src/model/plugin.ts';
import { testConfig } from '../helpers/test-daemon.ts';

const plugin = (file: string): Plugin => ({ file: pluginFile(file), name: pluginName(file), path: `/scripts/${file}` });
const plugins = ['a.sh', 'a.b.sh', 'a.c', 'ab.sh', 'ab.d.sh'].map(plugin);

function found(files: readonly string[], sections: Readonly<Record<string, Partial<PluginSettings>>> = {}) {
  const settings = Object.entries(sections).map(([name, own]) => [name, { ...defaultPluginSettings, ...own }] as const);
  const config = testConfig({ scripts: '/scripts', state: '/state' }, { plugins: new Map(settings) });
  return [...prefixedMetricsOf(config, plugins, new Set(files))];
}

test("a plugin's metrics begin with its name, and not with a longer one that is another plugin's", () => {
  const others = plugins.filter(({ name }) => name.startsWith('a.')).map(({ name }) => `testhost.${name}.`);
  expect(others.length).toBeGreaterThan(0);
  expect(found(['a.sh', 'ab.sh'])).toEqual([
    ['a.sh', { prefix: 'testhost.a.', others, intervalS: 60 }],
    ['ab.sh', { prefix: 'testhost.ab.', others: ['testhost.ab.d.'], intervalS: 60 }],
  ]);
});

test('a plugin has its own interval where that is longer than a tick', () => {
  expect(found(['ab.sh'], { ab: { intervalS: 300 } })[0]?.[1].intervalS).toBe(300);
});

test('a plugin whose names are kept is left out, unless its format keeps none', () => {
  expect(found(['ab.sh'], { ab: { keepNames: true, format: 'graphite' } })).toEqual([]);
  expect(found(['ab.sh'], { ab: { keepNames: true } })).toHaveLength(1);
});
