import { describe, expect, test } from 'vitest';
import { applicable, changedKeys } from '../../src/config/diff.ts';
import { allSettings } from '../../src/config/schema.ts';
import { sections } from '../../src/config/sections.ts';
import { configOf } from './set-up.ts';

const configIn = (text: string) => configOf({ files: { '/x.ini': text } });
/**
 * Without a key and a sink the dashboard is enabled by default. Changes of that default are left
 * out, unless a text is about the dashboard.
 */
const changes = (before: string, after: string) =>
  changedKeys(configIn(before), configIn(after)).filter(
    (name) => name !== '[dashboard] enabled' || `${before}${after}`.includes('[dashboard]'),
  );

describe('every key of the table', () => {
  const other: Readonly<Record<string, string>> = {
    'agent hostname': 'db-1',
    'agent report_interval': '10s', // leaves overdue_after as it is
    'agent stop_grace': '1s',
    'agent host_metrics': 'no',
    'agent self_metrics': 'yes',
    'agent plugin_metrics': 'yes',
    'agent spread': 'yes',
    'agent max_concurrency': '3',
    'agent overdue_after': '1s',
    'collector address': 'example.com',
    'collector tls_verify': 'no',
    'collector notices': 'yes',
    'spool max_size': '1MiB',
    'scripts enabled': 'yes',
    'scripts max_output': '1KiB',
    'scripts strict': 'yes',
    'scripts max_leftovers': '3',
    'scripts max_samples': '3',
    'scripts max_names': '3',
    'scripts max_stderr': '3KiB',
    'plugin:NAME enabled': 'no',
    'plugin:NAME keep_names': 'yes',
    'directory:NAME enabled': 'no',
    'dashboard enabled': 'no',
    'dashboard listen': '127.0.0.1:1234',
    'dashboard history': '1d',
    'dashboard max_size': '1MiB',
    'dashboard metrics': 'yes',
    'dashboard wall': 'yes',
    'log level': 'warn',
    'log max_size': '1KiB',
  };
  const outsideSinks = allSettings.filter(({ section }) => !section.startsWith('sink:'));

  test.each(outsideSinks)('[$section] $key is named where it is set', (row) => {
    const section = sections.find(({ name }) => name === row.section)?.example ?? row.section;
    const line = other[`${row.section} ${row.key}`];
    const before = row.section === 'directory:NAME' ? `[${section}]\npath = /before\n` : '';
    const added = line === undefined ? row.example : `${row.key} = ${line}`;
    const text = row.key === 'path' ? `[${section}]\n${added}` : `${before || `[${section}]\n`}${added}`;
    const key = row.key.endsWith('NAME') ? (row.example ?? '').split(' ')[0] : row.key;
    expect(changes(before, text)).toEqual([`[${section}] ${key}`]);
    expect(changes(text, before)).toEqual([`[${section}] ${key}`]);
    expect(changes(text, text)).toEqual([]);
  });

  test('a directory is named as a whole where it comes or goes', () => {
    const text = '[directory:munin]\npath = /etc/munin/plugins\nformat = munin';
    expect(changes('', text)).toEqual(['[directory:munin]']);
    expect(changes(text, '')).toEqual(['[directory:munin]']);
  });

  test.each([
    [
      'graphite',
      'address = tls://g',
      ['address = tls://h', 'address = tls://g\ntls_ca = /x', 'address = tls://g\ntls_verify = no'],
    ],
    [
      'influx',
      'url = https://i\ndatabase = d\ntoken = t',
      [
        'url = https://j\ndatabase = d\ntoken = t',
        'url = https://i\ndatabase = e\ntoken = t',
        'url = https://i\nbucket = d\ntoken = t',
        'url = https://i\nbucket = d\norg = o\ntoken = t',
        'url = https://i\ndatabase = d\ntoken = u',
        'url = https://i\ndatabase = d\nusername = t\npassword = p',
        'url = https://i\ndatabase = d\nusername = t\npassword = q',
        'url = https://i\ndatabase = d\ntoken = t\ntls_ca = /x',
        'url = https://i\ndatabase = d\ntoken = t\ntls_verify = no',
      ],
    ],
    [
      'otlp',
      'url = https://o\nheaders = a=b',
      [
        'url = https://p\nheaders = a=b',
        'url = https://o\nheaders = a=c',
        'url = https://o\nheaders = a=b\nencoding = protobuf',
        'url = https://o\nheaders = a=b\nservice_name = x',
        'url = https://o\nheaders = a=b\ntls_ca = /x',
        'url = https://o\nheaders = a=b\ntls_verify = no',
      ],
    ],
    [
      'prometheus',
      'url = https://p\ntoken = t\nheaders = a=b',
      [
        'url = https://q\ntoken = t\nheaders = a=b',
        'url = https://p\ntoken = u\nheaders = a=b',
        'url = https://p\ntoken = t\nheaders = a=c',
        'url = https://p\ntoken = t\nheaders = a=b\nversion = 2.0',
        'url = https://p\ntoken = t\nheaders = a=b\ntls_verify = no',
      ],
    ],
  ])('of [sink:%s] is named as its section', (sink, before, others) => {
    const [section, told] = [`[sink:${sink}]`, [`[sink:${sink}]`]];
    expect(changes('', `${section}\n${before}`)).toEqual(told);
    expect(changes(`${section}\n${before}`, '')).toEqual(told);
    for (const after of others) expect(changes(`${section}\n${before}`, `${section}\n${after}`), after).toEqual(told);
  });
});

test('a secret that has only moved to another line is no change', () => {
  const secrets = `[collector]\napi_key = k\n[sink:influx]\nurl = http://i\ndatabase = d\ntoken = t\n[sink:otlp]\nurl = http://o\nheaders = a=b\n[sink:prometheus]\nurl = http://p\ntoken = t\nheaders = a=b`;
  expect(changes(secrets, `; note\n${secrets}`)).toEqual([]);
});

test('a default that depends on another value is named with it', () => {
  expect(changes('', '[agent]\nreport_interval = 4s')).toEqual(['[agent] report_interval', '[agent] overdue_after']);
});

describe('a plugin', () => {
  test('has the names of its own keys and variables', () => {
    const before = '[plugin:a]\ninterval = 1m\nenv.A = 1\nenv.B = 1';
    expect(changes(before, '[plugin:a]\nenabled = no\nenv.A = 2\nenv.C = 1')).toEqual(
      ['enabled', 'interval', 'env.A', 'env.B', 'env.C'].map((key) => `[plugin:a] ${key}`),
    );
  });

  test('is named even if its section sets nothing, because the section may hide another', () => {
    expect(changes('[plugin:a]\nenabled = no', '[plugin:a]\nenabled = no\n[plugin:a.sh]')).toEqual(['[plugin:a.sh]']);
    expect(changes('[plugin:a.sh]', '')).toEqual(['[plugin:a.sh]']);
  });

  test('may be named like a part of JavaScript', () => {
    expect(changes('', '[plugin:__proto__]\nenv.constructor = 1\n[env]\nconstructor = 1')).toEqual([
      '[env] constructor',
      '[plugin:__proto__] env.constructor',
    ]);
  });
});

test('what can not change while the agent runs stays, and is named where it differs', () => {
  const running = configIn('[agent]\nstate_dir = /a');
  const next = configIn('[agent]\nstate_dir = /b\nhostname = b\n[log]\nlocation = /b.log\nlevel = warn');
  const { config, waiting } = applicable(running, next);
  expect(config).toEqual({ ...next, stateDir: '/a', log: { ...next.log, location: null } });
  expect(waiting).toEqual(['[agent] state_dir', '[log] location']);
  expect(waiting).toEqual(allSettings.filter((row) => !row.live).map((row) => `[${row.section}] ${row.key}`));
  expect(applicable(running, running)).toEqual({ config: running, waiting: [] });
});
