import { expect, test } from 'vitest';
import { type SparklineDeps, Sparklines } from '../../src/dashboard/sparklines.ts';
import { atOnce } from '../../src/io/walk.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import type { Series } from '../../src/model/series.ts';
import { walkOf } from '../helpers/walk-of.ts';

const beginS = 1_800_000_000;

/** A history in memory, and how often it was read. */
function world() {
  const samples = new Map<string, [atS: number, value: number][]>();
  const seriesOf = new Map<string, Series>();
  let nowS = beginS;
  const reads: string[][] = [];
  const others: string[] = []; // what is not of a.sh
  const deps: SparklineDeps = {
    nowS: () => nowS,
    monotonicMs: () => (nowS - beginS) * 1000,
    prefixedMetricsOf: (files) =>
      new Map(
        ['a.sh', 'b.sh', 'm/a', 'a.b.sh'].flatMap((file) => {
          const prefix = `h.${file.replace(/\.sh$/, '').replace('/', '_')}.`;
          const own = { prefix, others: prefix === 'h.a.' ? others : [], intervalS: file === 'b.sh' ? 300 : 30 };
          return files.has(file) ? [[pluginFile(file), own] as const] : [];
        }),
      ),
    metrics: () =>
      walkOf(
        [...samples.keys()].sort().map((name) => {
          const series = seriesOf.get(name);
          return series === undefined ? { name } : { name, series };
        }),
      ),
    *lately(metrics, fromS, visit) {
      reads.push([...metrics]);
      for (const metric of metrics)
        for (const [atS, value] of samples.get(metric) ?? []) if (atS >= fromS) visit(metric, atS, value);
      yield;
    },
    last(metric) {
      const last = samples.get(metric)?.at(-1);
      return last === undefined ? null : { atS: last[0], value: last[1] };
    },
    unitOf: (metric) => seriesOf.get(metric)?.unit ?? '',
  };
  const sparklines = new Sparklines(deps);
  return {
    reads,
    others,
    seriesOf,
    /** Takes a sample of each metric, 30 s after the last ones. */
    tick(values: Readonly<Record<string, number>>, elapsedS = 30) {
      nowS += elapsedS;
      for (const [name, value] of Object.entries(values))
        samples.set(name, [...(samples.get(name) ?? []), [nowS, value]]);
    },
    lines: (...files: readonly string[]) => atOnce(sparklines.of(new Set(files))),
    chosen: (...files: readonly string[]) =>
      atOnce(sparklines.of(new Set(files))).map(({ file, metric }) => `${file} ${metric}`),
  };
}

test('a plugin has the line of the metric that varied most for its size', () => {
  const { tick, lines } = world();
  tick({ 'h.a.large': 1000, 'h.a.small': 1, 'h.b.x': 1 });
  tick({ 'h.a.large': 1100, 'h.a.small': 2, 'h.b.x': 2 });
  const points = [
    [beginS + 30, 1],
    [beginS + 60, 2],
  ];
  expect(lines('a.sh', 'b.sh')).toEqual([
    { file: 'a.sh', metric: 'h.a.small', points },
    { file: 'b.sh', metric: 'h.b.x', points },
  ]);
});

test('if all of them stand still it is the first, and its unit is that of its series', () => {
  const { tick, lines, seriesOf } = world();
  seriesOf.set('h.a.one', { family: null, labels: [], kind: 'gauge', unit: 'B' });
  tick({ 'h.a.two': 5, 'h.a.one': 5 });
  expect(lines('a.sh')).toEqual([{ file: 'a.sh', metric: 'h.a.one', unit: 'B', points: [[beginS + 30, 5]] }]);
});

test('what the agent measures of a plugin does not count, nor does another plugin', () => {
  const { tick, chosen, seriesOf } = world();
  seriesOf.set('h.a.cpu', { family: 'instrument_server_plugin_cpu', labels: [], kind: 'gauge', unit: '' });
  for (const value of [1, 9]) tick({ 'h.a.cpu': value, 'h.ab.x': value, 'h.a.own': 5, 'h.b.x': value });
  expect(chosen('a.sh')).toEqual(['a.sh h.a.own']);
});

test('of many metrics the first twenty are looked at', () => {
  const { tick, chosen, reads } = world();
  const name = (index: number) => `h.a.m${String(index).padStart(2, '0')}`;
  for (const value of [1, 2])
    tick(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [name(index), index === 25 ? value : 1])));
  expect(chosen('a.sh')).toEqual(['a.sh h.a.m00']);
  expect(reads.map((metrics) => metrics.length)).toEqual([20]);
});

test('a plugin without samples, or without any within an hour, is left out until it has one', () => {
  const { tick, lines, chosen } = world();
  expect(lines('a.sh', 'nobody')).toEqual([]);
  tick({ 'h.a.x': 1 });
  expect(chosen('a.sh')).toEqual(['a.sh h.a.x']);
  tick({}, 3601);
  expect(chosen('a.sh')).toEqual([]);
  tick({ 'h.a.x': 2 });
  expect(chosen('a.sh')).toEqual(['a.sh h.a.x']);
});

test('a line that is asked for at each tick grows without a read, until its metric is chosen again', () => {
  const { tick, lines, chosen, reads } = world();
  for (let at = 0; at < 40; at += 1) tick({ 'h.a.x': at, 'h.a.y': 7 });
  expect(lines('a.sh')[0]?.points).toHaveLength(40);
  for (let at = 0; at < 20; at += 1) {
    tick({ 'h.a.x': 39, 'h.a.y': 7 });
    expect(lines('a.sh')[0]?.points.at(-1)).toEqual([beginS + (41 + at) * 30, 39]);
  }
  expect(reads).toHaveLength(2); // the second after 10 minutes
  for (let at = 0; at < 120; at += 1) {
    tick({ 'h.a.x': 39, 'h.a.y': at });
    chosen('a.sh');
  }
  expect(chosen('a.sh')).toEqual(['a.sh h.a.y']);
});

test('in its first minutes a metric is chosen again each minute', () => {
  const { tick, chosen } = world();
  tick({ 'h.a.x': 1, 'h.a.y': 1 });
  expect(chosen('a.sh')).toEqual(['a.sh h.a.x']);
  tick({ 'h.a.x': 1, 'h.a.y': 2 });
  expect(chosen('a.sh')).toEqual(['a.sh h.a.x']);
  tick({ 'h.a.x': 1, 'h.a.y': 3 });
  expect(chosen('a.sh')).toEqual(['a.sh h.a.y']);
});

test('a line that missed ticks is read again, with what came meanwhile', () => {
  const { tick, lines, reads } = world();
  for (let at = 0; at < 30; at += 1) tick({ 'h.a.x': at });
  expect(lines('a.sh')[0]?.points).toHaveLength(30);
  for (let at = 0; at < 3; at += 1) tick({ 'h.a.x': at });
  expect(lines('a.sh')[0]?.points).toHaveLength(33);
  expect(reads).toHaveLength(2);
});

test('a plugin with an interval of its own keeps its line from one report to the next', () => {
  const { tick, lines, reads } = world();
  for (let at = 0; at < 3; at += 1) tick({ 'h.b.x': at }, 300);
  for (let at = 3; at < 5; at += 1) {
    tick({ 'h.b.x': at }, 290);
    expect(lines('b.sh')[0]?.points.at(-1)?.[1]).toBe(at);
  }
  expect(reads).toHaveLength(1);
});

test('the metrics of a plugin whose name begins with that of another are not of the other', () => {
  const { tick, chosen, others } = world();
  for (const value of [1, 9]) tick({ 'h.a.b.x': value, 'h.a.c': 5 });
  expect(chosen('a.sh')).toEqual(['a.sh h.a.b.x']);
  others.push('h.a.b.'); // it comes later
  expect(chosen('a.sh', 'a.b.sh')).toEqual(['a.sh h.a.c', 'a.b.sh h.a.b.x']);
});
