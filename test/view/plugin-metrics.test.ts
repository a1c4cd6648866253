import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { atOnce } from '../../src/io/walk.ts';
import { directoryFile, type JudgedScript, type Plugin, pluginFile, pluginName } from '../../src/model/plugin.ts';
import { type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { PluginFigures } from '../../src/view/plugin-figures.ts';
import { metricNames } from '../../src/view/plugin-metric-names.ts';
import { mostPlugins, PluginSampler, type PluginTick } from '../../src/view/plugin-metrics.ts';
import { facts, goodRun, noonS, script } from './set-up.ts';

const well: PluginFigures = {
  state: 'ok',
  reason: '',
  isReporting: true,
  overdueS: 0,
  facts: facts(goodRun, { lastReportAtS: noonS - 1, skips: 3 }),
};
const failing: PluginFigures = { ...well, state: 'failing', reason: 'exit-status', isReporting: false };

/** Ticks of plugins, each with its figures, by file name. */
function playing(first: Readonly<Record<string, PluginFigures>>, change: Partial<PluginTick> = {}) {
  const metrics = new PluginSampler();
  let atS = noonS;
  let scripts: readonly JudgedScript[] = [];
  return {
    metrics,
    /** The samples of the next tick: `METRIC VALUE`. */
    tick(figures = first, more: Partial<PluginTick> = {}) {
      const files = Object.keys(figures);
      if (files.join() !== scripts.map(({ plugin }) => plugin.file).join()) scripts = files.map((file) => script(file));
      const { samples, leftOut } = atOnce(
        metrics.tickWalk({
          hostname: 'h',
          atS: unixSeconds(atS),
          intervalS: 30,
          scripts,
          figuresOf: ({ plugin }) => figures[plugin.file] ?? well,
          hashOf: () => undefined,
          ...change,
          ...more,
        }),
      );
      atS += 30;
      return { samples, leftOut, lines: samples.map(lineOf) };
    },
  };
}

function lineOf({ metric, value }: Sample): string {
  return `${metric.replace('h.instrument_server.plugin.', '')} ${value}`;
}

/** A sample as a server with labels has it. */
function labelled({ value, series }: Sample): string {
  const labels = series?.labels.map(([name, text]) => `${name}=${text}`).join(',');
  return `${series?.family?.replace('instrument_server_plugin_', '')}{${labels}} ${value}`;
}

test('all that is known of a plugin is sent at its first tick', () => {
  const { samples, lines } = playing({ 'x.sh': well }, { hashOf: () => '0123456789ab' }).tick();
  expect(lines.toSorted()).toEqual([
    'x.bad_lines 0',
    'x.cpu_seconds 0.25',
    'x.duration_seconds 0.012',
    'x.exit_status 0',
    'x.info 1',
    'x.last_good_age_seconds 1',
    'x.overdue_seconds 0',
    'x.peak_memory_bytes 300000000',
    'x.samples 2',
    'x.skips_total 3',
    'x.state.ok 1',
    'x.up 1',
  ]);
  expect(samples.map(labelled)).toContain('state{plugin=x,state=ok} 1');
  expect(samples.map(labelled)).toContain('info{plugin=x,script_hash=0123456789ab} 1');
  expect(samples.find(({ metric }) => metric.endsWith('skips_total'))?.series?.kind).toBe('counter');
  expect(samples.find(({ metric }) => metric.endsWith('.info'))?.series?.kind).toBe('info');
});

test('the page on the metrics has a row for each, with its unit, and no other', () => {
  const page = readFileSync(new URL('../../docs/self-metrics.md', import.meta.url), 'utf8').split(
    '## Of each plugin',
  )[1];
  const rows = [...(page ?? '').matchAll(/^\| `([a-z_]+)` +\| (\w*) +\|/gm)].map(([, name, unit]) => [name, unit]);
  const { samples } = playing({ 'x.sh': well }, { hashOf: () => '0123456789ab' }).tick();
  const sent = samples.map(({ series }) => [series?.family?.replace('instrument_server_plugin_', ''), series?.unit]);
  expect(rows.toSorted()).toEqual(sent.toSorted());
});

test('what is not known of a run is not sent', () => {
  const ofRun = (run: PluginFigures['facts']['run']) =>
    playing({ 'x.sh': { ...well, facts: facts(run) } }).tick().lines;
  expect(ofRun(null)).toEqual(['x.state.ok 1', 'x.up 1', 'x.overdue_seconds 0', 'x.skips_total 0']);
  const ending = { kind: 'not-started', code: 'ENOENT', cause: 'other' } as const;
  const names = ofRun({ ...goodRun, ending, cpuS: null, peakMemoryBytes: null }).join();
  expect(names).not.toMatch(/exit_status|cpu|memory|last_good/);
  expect(names).toMatch(/duration_seconds/);
});

describe('a plugin that is well', () => {
  const sentAt = (ticks: number, intervalS: number) => {
    const play = playing({ 'a.sh': well, 'b.sh': well }, { intervalS });
    return Array.from({ length: ticks }, () =>
      play
        .tick()
        .lines.filter((line) => /\.up /.test(line))
        .join(),
    );
  };

  test('is sent at each eighth tick, and two of them at different ticks', () => {
    const sent = sentAt(17, 30);
    expect(sent[0]).toBe('a.up 1,b.up 1');
    for (const name of ['a', 'b']) {
      const at = sent.flatMap((line, tick) => (tick > 0 && line.includes(`${name}.up`) ? [tick] : []));
      expect(at).toHaveLength(2);
      expect((at[1] ?? 0) - (at[0] ?? 0)).toBe(8);
    }
    expect(sent.slice(1).filter((line) => line.includes(','))).toEqual([]);
  });

  test('is sent each four minutes at the least', () => {
    expect(sentAt(9, 60).filter((line) => line.includes('a.up'))).toHaveLength(3);
    expect(sentAt(3, 3600)).toEqual(Array(3).fill('a.up 1,b.up 1'));
  });

  test.each<[string, Partial<PluginFigures['facts']>]>([
    ['it was skipped', { skips: 4 }],
    ['it printed a bad line', { run: { ...goodRun, badLines: 1 } }],
    ['it exited with another status', { run: { ...goodRun, ending: { kind: 'exited', status: 1 } } }],
  ])('is sent at once if %s, and not again at the next tick', (_what, change) => {
    const play = playing({ 'x.sh': well });
    play.tick();
    const changed = { 'x.sh': { ...well, facts: { ...well.facts, ...change } } };
    expect(play.tick(changed).lines).toHaveLength(11);
    expect(play.tick(changed).lines).toEqual([]);
  });
});

test('a plugin in trouble is sent at each tick: whether it reports, its state, since when, and how long it is overdue', () => {
  const play = playing({ 'x.sh': failing });
  play.tick();
  expect(play.tick().lines).toEqual([
    'x.state.failing 1',
    'x.up 0',
    'x.last_good_age_seconds 31',
    'x.overdue_seconds 0',
  ]);
  const overdue = { 'x.sh': { ...failing, overdueS: 1.23456 } };
  expect(play.tick(overdue).lines).toContain('x.overdue_seconds 1.235');
});

test('a state that is left gets one 0; for another reason of the same state only by its labels', () => {
  const play = playing({ 'x.sh': well });
  play.tick();
  const states = (figures: PluginFigures) => play.tick({ 'x.sh': figures }).samples.filter(isState);
  const isState = ({ metric }: Sample) => metric.includes('.state.');
  const left = states(failing);
  expect(left.map(labelled)).toEqual([
    'state{plugin=x,state=ok} 0',
    'state{plugin=x,reason=exit-status,state=failing} 1',
  ]);
  const other = states({ ...failing, reason: 'signal' });
  expect(other.map(labelled)).toEqual([
    'state{plugin=x,reason=exit-status,state=failing} 0',
    'state{plugin=x,reason=signal,state=failing} 1',
  ]);
  expect(other.map(({ series }) => series?.kind)).toEqual(['info', 'gauge']);
  expect(states({ ...failing, reason: 'signal' }).map(lineOf)).toEqual(['x.state.failing 1']);
});

test('another content of a script ends the series of the former one; while it is read, the former one stays', () => {
  const play = playing({ 'x.sh': well });
  const infos = (hash: string | null | undefined) =>
    play
      .tick({ 'x.sh': well }, { hashOf: () => hash })
      .samples.filter(({ metric }) => metric.endsWith('.info'))
      .map(labelled);
  expect(infos(undefined)).toEqual([]);
  expect(infos('aaa')).toEqual(['info{plugin=x,script_hash=aaa} 1']);
  expect(infos(undefined)).toEqual([]);
  expect(infos('bbb')).toEqual(['info{plugin=x,script_hash=aaa} 0', 'info{plugin=x,script_hash=bbb} 1']);
  expect(infos(null)).toEqual(['info{plugin=x,script_hash=bbb} 0']);
});

test('a removed plugin gets a last 0 in up, state and info, and then nothing', () => {
  const play = playing({ 'x.sh': well }, { hashOf: () => 'aaa' });
  play.tick();
  expect(play.tick({}).samples.map(labelled)).toEqual([
    'up{plugin=x} 0',
    'state{plugin=x,state=ok} 0',
    'info{plugin=x,script_hash=aaa} 0',
  ]);
  expect(play.tick({}).samples).toEqual([]);
});

test('a file that is evidently no script has no metrics', () => {
  const readme = script('README', { rejection: { kind: 'not-a-script' } as JudgedScript['rejection'] });
  expect(playing({}).tick({}, { scripts: [readme] }).samples).toEqual([]);
});

test('after another name of the host, all of it is sent by that one', () => {
  const play = playing({ 'x.sh': well });
  play.tick();
  expect(play.tick({ 'x.sh': well }, { hostname: 'other' }).samples.map(({ metric }) => metric)).toContain(
    'other.instrument_server.plugin.x.up',
  );
});

describe('of more plugins than have metrics', () => {
  const many = Object.fromEntries(Array.from({ length: mostPlugins + 3 }, (_, index) => [`p${index}`, well]));

  test('those in trouble have them first, then those that have had them; what is left out just ends', () => {
    const play = playing(many);
    expect(play.tick().leftOut).toBe(3);
    const last = `p${mostPlugins + 2}`;
    const { lines, leftOut } = play.tick({ ...many, [last]: failing });
    expect(leftOut).toBe(3);
    expect(lines).toContain(`${last}.up 0`);
    expect(lines).toContain(`p${mostPlugins - 1}.state.ok 0`);
    expect(lines.filter((line) => line.startsWith(`p${mostPlugins - 1}.`))).toHaveLength(1);
    expect(play.tick({ ...many, [last]: failing }).lines.filter((line) => line.includes('.state.ok 0'))).toEqual([]);
  });

  test('a step takes few of them', () => {
    const metrics = new PluginSampler();
    const scripts = Object.keys(many).map((file) => script(file));
    const walk = metrics.tickWalk({
      hostname: 'h',
      atS: unixSeconds(noonS),
      intervalS: 30,
      scripts,
      figuresOf: () => well,
      hashOf: () => null,
    });
    let steps = 1;
    while (walk.next().done !== true) steps += 1;
    expect(steps).toBeGreaterThan((2 * mostPlugins) / 25);
  });
});

describe('a plugin has a name of its own:', () => {
  const namesOf = (...plugins: readonly Plugin[]) => [...metricNames(plugins).values()];
  const own = (entry: string): Plugin => ({ file: pluginFile(entry), name: pluginName(entry), path: `/s/${entry}` });

  test('its plugin name, or its file name where several have that', () => {
    expect(namesOf(own('a.sh'), own('b.sh'), own('a.rb'))).toEqual(['b', 'a.sh', 'a.rb']);
    const file = directoryFile('munin', 'b');
    const other: Plugin = { file, name: pluginName('b'), path: '/m/b', directory: 'munin' };
    expect(namesOf(own('b.sh'), other)).toEqual(['b.sh', 'munin/b']);
  });

  test('with a number behind it where another one has it, too', () => {
    expect(namesOf(own('a.sh.x'), own('a.sh'), own('a.rb'))).toEqual(['a.sh', 'a.sh_2', 'a.rb']);
  });

  test('which may change: then the series of the former name end', () => {
    const play = playing({ 'a.sh': well });
    play.tick();
    const { lines } = play.tick({ 'a.sh': well, 'a.rb': well });
    expect(lines).toEqual(expect.arrayContaining(['a.up 0', 'a.state.ok 0', 'a.sh.up 1', 'a.rb.up 1']));
  });
});
