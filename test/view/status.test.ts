import { describe, expect, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import type { Config } from '../../src/model/config.ts';
import { directoryFile, type JudgedScript, pluginName } from '../../src/model/plugin.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { answerFor, type StatusSources, statusNow } from '../../src/view/status.ts';
import { createTotals } from '../../src/view/totals.ts';
import { createView } from '../../src/view/view.ts';
import { wholeStatus } from '../helpers/status-now.ts';
import { testConfig } from '../helpers/test-daemon.ts';
import { facts, noonS, script } from './set-up.ts';
import { statusParts, viewOf } from './status-parts.ts';

const composeStatus = (sources: StatusSources) => wholeStatus(statusNow(sources));

const home = { scripts: '/scripts', state: '/state' };
const totals = { runs: 1, runsFailed: 2, skips: 3, samplesRead: 4, badLines: 5 };

/** The parts of a status at noon. */
const parts = (change: Partial<StatusSources> = {}, configChange: Partial<Config> = {}) =>
  statusParts(home, change, configChange);

const rejected = (file: string): JudgedScript =>
  script(file, {
    rejection: { kind: 'dangling-link', path: file, target: '/no' },
    advice: { kind: 'unreadable', sentence: 'correct the link', commands: [] },
  });

test('the totals and the usage are those that the document promises, and no others', () => {
  const more = { ...createTotals().read(), ...totals, runsOverdue: 9 };
  const view = viewOf({ totals: () => more });
  const status = composeStatus(parts({ view, usage: { rssBytes: 6, cpuS: 7, ...{ heap: 8 } } }));
  expect(status.totals).toEqual(totals);
  expect(status.usage).toEqual({ rssBytes: 6, cpuS: 7 });
});

test('a sink has an oldest sample only where one waits', () => {
  const view = createView({ nowMs: () => (noonS - 5) * 1000 });
  view.note({ event: 'batch.sent', sink: 'a', samples: 3, durationMs: 1 });
  const place = { address: 'there', oldestAtS: () => unixSeconds(noonS - 90), lost: () => 8 };
  const sinks = [
    { ...place, name: 'a', waiting: () => 0 },
    { ...place, name: 'b', waiting: () => 2 },
  ];
  expect(composeStatus(parts({ sinks, view })).sinks).toMatchObject([
    { name: 'a', waitingSamples: 0, oldestAtS: null, sentSamples: 3, lastSentAtS: noonS - 5, lostSamples: 8 },
    { name: 'b', waitingSamples: 2, oldestAtS: noonS - 90, sentSamples: 0, state: 'new' },
  ]);
});

test("each plugin has the settings of its section, the file name's before the name's, or the agent's", () => {
  const plugins = new Map([
    ['a', { ...defaultPluginSettings, enabled: true, intervalS: 300, env: {} }],
    ['a.sh', { ...defaultPluginSettings, enabled: true, intervalS: 120, env: {} }],
  ]);
  const scripts = ['a.sh', 'a.rb', 'b'].map((file) => script(file));
  const view = viewOf({ runs: () => facts(null) });
  const status = composeStatus(parts({ scripts, view, nextTickAtS: 60 }, { plugins }));
  expect(status.plugins.map(({ intervalS, nextDueAtS }) => [intervalS, nextDueAtS])).toEqual([
    [120, 120],
    [300, 300],
    [60, 60],
  ]);
  expect(status.plugins.map(({ reasons }) => reasons[0]?.explanation.match(/\[plugin:.*\]/)?.[0])).toEqual([
    '[plugin:a.sh]',
    '[plugin:a]',
    undefined,
  ]);
});

test('a run in flight is its own plugin’s, and only scripts that may run share a name', () => {
  const inFlight = [
    {
      file: script('b').plugin.file,
      state: 'waiting',
      sinceMs: noonS * 1000,
      elapsedMs: () => 0,
      isOverdue: false,
      skips: 1,
      pid: () => null,
    } as const,
  ];
  const scripts = [script('a.sh'), rejected('a.rb'), script('b')];
  const { plugins } = composeStatus(parts({ scripts, inFlight }));
  expect(
    plugins.map(({ currentRun, reasons }) => [currentRun?.state ?? null, reasons.map(({ kind }) => kind)]),
  ).toEqual([
    [null, []],
    [null, ['unreadable']],
    ['waiting', ['waiting']],
  ]);
});

describe('a name selects', () => {
  const scripts = [script('a.sh'), script('a.rb'), script('b')];
  const filesOf = (name: string) => answerFor(name, parts({ scripts })).plugins.map(({ file }) => file);

  test('the script of that file name, else all of that plugin name', () => {
    expect(filesOf('a.sh')).toEqual(['a.sh']);
    expect(filesOf('a')).toEqual(['a.sh', 'a.rb']);
    expect(filesOf('b')).toEqual(['b']);
  });

  test('with its own reasons and then those that hold for all plugins', () => {
    const collision = { kind: 'name-collision', sentence: 'rename one', commands: [] } as const;
    const [a] = answerFor('a.rb', parts({ scripts: [script('a.rb', { collision })], sinks: [] })).plugins;
    expect(a?.reasons.map(({ kind }) => kind)).toEqual(['name-collision', 'no-sink']);
    expect(a?.state).toBe('ok');
  });

  test('nothing: why, and what to type', () => {
    const missing = (name: string, change: Partial<StatusSources> = {}, config: Partial<Config> = {}) =>
      answerFor(name, parts({ scripts, ...change }, config)).missing;
    expect(missing('c.sh')).toBe(
      'there is no script c.sh in /scripts; the closest name is a.sh; instrument_server status a.sh',
    );
    expect(missing('disk_usage')).toBe(
      "there is no script disk_usage in /scripts; put one there with install -m 0700 SCRIPT '/scripts'",
    );
    expect(
      missing('a~', {
        whyNoPlugin: (entry) => ({ kind: 'not-a-plugin', sentence: `${entry} is ignored`, commands: [] }),
      }),
    ).toBe('a~ is ignored');
    expect(
      missing('c', { suspension: { kind: 'directory-suspended', sentence: 'it is wrong', commands: ['chmod it'] } }),
    ).toBe('no plugin runs: it is wrong; chmod it');
    const off = { ...testConfig(home).scripts, enabled: false };
    expect(missing('c', { scripts: [] }, { scripts: off })).toMatch(/^scripts are not enabled; /);
    expect(missing('b')).toBeNull();
    const munin = { name: 'munin', location: '/m', suspension: null, exposure: null, plugins: 1 };
    expect(missing('disk_usage', { directories: [munin] }, { scripts: off })).toBe(
      'there is no script disk_usage in /m',
    );
    expect(missing('disk_usage', {}, { scripts: off })).toBe('there is no plugin disk_usage');
  });
});

test('directories of the configuration are listed with what is wrong, and suspend only their own plugins', () => {
  const suspension = { kind: 'directory-suspended', sentence: 'it is gone', commands: ['make it'] } as const;
  const exposure = { kind: 'group-writable', sentence: 'a group', commands: [] } as const;
  const plugin = (directory: string) => ({
    file: directoryFile(directory, 'load'),
    name: pluginName('load'),
    path: `/${directory}/load`,
    directory,
  });
  const { agent, plugins } = statusNow(
    parts({
      scripts: [script('load', { plugin: plugin('munin') }), script('load', { plugin: plugin('other') })],
      directories: [
        { name: 'munin', location: '/munin', plugins: 1, suspension, exposure: null },
        { name: 'other', location: '/other', plugins: 1, suspension: null, exposure },
      ],
      suspensionOf: ({ directory }) => (directory === 'munin' ? suspension : null),
    }),
  );
  expect(agent.directories).toMatchObject([
    { name: 'munin', suspension: 'it is gone; make it', reason: { kind: 'directory-suspended' }, warning: null },
    { name: 'other', suspension: null, reason: null, warning: { kind: 'group-writable' } },
  ]);
  expect([...plugins].map(({ state, reasons }) => [state, reasons[0]?.sentence])).toEqual([
    ['suspended', 'no plugin of [directory:munin] runs: it is gone'],
    ['ok', undefined],
  ]);
});

test('the plugins of a status are made one after the other, as they are asked for', () => {
  const scripts = ['a', 'b', 'c'].map((file) => script(file));
  const asked: string[] = [];
  const lastRun = (file: string) => {
    asked.push(file);
    return null;
  };
  const seen: number[] = [];
  for (const _plugin of statusNow(parts({ scripts, lastRun })).plugins) seen.push(asked.length);
  expect(seen).toEqual([1, 2, 3]);
});
