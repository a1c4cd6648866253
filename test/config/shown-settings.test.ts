import { expect, test } from 'vitest';
import { shownSettings } from '../../src/config/shown-settings.ts';
import { type Plugin, pluginFile, pluginName } from '../../src/model/plugin.ts';
import { configOf } from './set-up.ts';

const plugin: Plugin = { file: pluginFile('a.sh'), name: pluginName('a.sh'), path: '/scripts/a.sh' };
const shown = (text: string, of: Plugin = plugin) =>
  shownSettings(configOf({ files: { '/x.ini': text } }), of).map(
    ({ key, value, source }) => `${key} = ${value} by ${source ?? 'default'}`,
  );

test('a plugin without a section has its defaults', () => {
  expect(shown('')).toEqual(['enabled = true by default', 'interval = 30s by default', 'format = native by default']);
  expect(shown('[agent]\nreport_interval = 1m')).toContain('interval = 1m by default');
  expect(shown('[scripts]\nformat = nagios')).toContain('format = nagios by [scripts] format');
});

test('each key that is set has its value and its place; values of variables may be secrets', () => {
  const text = `[plugin:a]
enabled = no
interval = 5m
format = graphite
args = -w 5
keep_names = yes
mute = until 2027-01-31
unit = °C
env.PASSWORD = SECRET
`;
  expect(shown(text)).toEqual([
    'enabled = false by /x.ini:2',
    'interval = 5m by /x.ini:3',
    'format = graphite by /x.ini:4',
    'args = -w 5 by /x.ini:5',
    'keep_names = true by /x.ini:6',
    'mute = until 2027-01-31 by /x.ini:7',
    'unit = °C by /x.ini:8',
    'env.PASSWORD = … by /x.ini:9',
  ]);
});

test('a plugin in a directory has the settings of the directory, unless its own section sets them', () => {
  const inMunin: Plugin = { ...plugin, file: pluginFile('m/a.sh'), directory: 'm' };
  const text = `[directory:m]
path = /m
enabled = no
interval = 2m
format = munin
env.A = 1
[plugin:a]
interval = 5m
`;
  expect(shown(text, inMunin)).toEqual([
    'enabled = false by /x.ini:3',
    'interval = 5m by /x.ini:8',
    'format = munin by /x.ini:5',
    'env.A = … by /x.ini:6',
  ]);
});

test('a plugin that is a command has it', () => {
  const command: Plugin = { ...plugin, file: pluginFile('command/load'), name: pluginName('load'), args: ['-w', '5'] };
  expect(shown('[plugin:load]\ncommand = /bin/check_load -w 5', command)).toContain(
    'command = /bin/check_load -w 5 by /x.ini:2',
  );
});

test('of a key that several files set the last place counts, as its value does', () => {
  const files = { '/x.ini': '[plugin:a]\ninterval = 1m', '/x.d/b.ini': '[plugin:a]\ninterval = 2m' };
  expect(shownSettings(configOf({ files }), plugin)).toContainEqual({
    key: 'interval',
    value: '2m',
    source: '/x.d/b.ini:2',
  });
});
