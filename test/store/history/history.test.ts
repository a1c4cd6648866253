import { describe, expect, test } from 'vitest';
import type { Series } from '../../../src/model/series.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { openIn, type TestStore, valuesFor } from '../set-up.ts';
import { asSampled, aWeek, dayS, faultOf, sample, startS } from './model.ts';
import { openHistoryIn, rowsIn, settle, tick } from './set-up.ts';

const everything = [0, startS + 100 * dayS] as const;

test('the last point of a query is the last sample, as soon as it is committed', () => {
  const at = openHistoryIn(tempDir(), { startMs: startS * 1000 });
  at.store.append([sample('h.p.m', 1.5, startS)]);
  expect(at.history.query('h.p.m', startS - 3600, startS).points).toEqual([]);
  at.clock.advance(50);
  expect(at.history.query('h.p.m', startS - 3600, startS)).toEqual({
    stepS: 0,
    points: [[startS, 1.5, 1.5, 1.5]],
  });
  tick(at, 40, 1);
  at.store.append([sample('h.p.m', 2.5, startS + 1200)]);
  at.store.flush();
  expect(at.history.query('h.p.m', startS, startS + 1200).points.at(-1)).toEqual([startS + 1200, 2.5, 2.5, 2.5]);
  for (const name of ['h.p.absent', 'h.p', 'p0.m0', '', `h.p0.m0 39 ${startS + 1170}\nh.p.m`])
    expect(at.history.query(name, ...everything)).toEqual({ stepS: 0, points: [] });
  at.close();
});

test('5,000 metrics move into the history in steps; neither a step nor a kill between two changes any query', () => {
  const dir = tempDir();
  let at = openHistoryIn(dir);
  const all = tick(at, 11, 5000); // the last one is in the next five minutes
  const some = [...new Set(all.map(({ metric }) => metric))].filter((_, index) => index % 2499 === 0);
  const check = () => {
    for (const metric of some) expect(at.history.query(metric, ...everything).points).toEqual(asSampled(all, metric));
  };
  let steps = 0;
  for (; at.clock.pending() > 0; steps += 1) {
    check();
    const isKilled = steps % 29 === 28;
    if (isKilled) {
      at.crash();
      at = openHistoryIn(dir, { startMs: at.clock.nowMs() });
      all.push(...tick(at, 1, 100));
    }
    at.clock.advance(steps === 0 || isKilled ? 5000 : 20);
  }
  check();
  expect(steps).toBeGreaterThan(20);
  expect(rowsIn(at)).toMatchObject({ raw: rowsIn(at).history, metrics: 5000 });
  at.close();
});

test('the blocks of five minutes move together, and leave the spool then', () => {
  const at = openHistoryIn(tempDir(), { sinks: ['a'] });
  const view = at.store.view('a');
  const found = () => {
    const batch = view.peek(1e6);
    if (batch) view.accept(batch);
    const blocks = Number(at.db().prepare('SELECT COUNT(*) AS blocks FROM blocks').all()[0]?.['blocks']);
    return [blocks, rowsIn(at).history];
  };
  tick(at, 10, 3);
  settle(at);
  expect(found()).toEqual([10, 0]);
  tick(at, 1, 3);
  expect(found()).toEqual([11, 0]);
  settle(at);
  expect(found()).toEqual([1, 3]);
  tick(at, 10, 3);
  settle(at);
  expect(found()).toEqual([1, 6]);
  at.close();
});

test('a sink that accepts nothing still gets every sample, and a history that lags loses none', () => {
  const dir = tempDir();
  const at = openHistoryIn(dir, { sinks: ['a'] });
  const all = tick(at, 50, 20);
  expect(valuesFor(at.store, 'a')).toEqual(all.map(({ value }) => value));
  expect(at.store.view('a').waiting()).toBe(1000);
  at.close();
});

describe('a late sample', () => {
  test('joins its five minutes, as a sample if it is less than a day old', () => {
    const at = openHistoryIn(tempDir());
    tick(at, 30, 1);
    settle(at);
    at.store.append([sample('h.p0.m0', 99, startS + 45)]);
    at.store.flush();
    const before = at.history.query('h.p0.m0', startS, startS + 90).points.map(([atS, mean]) => [atS - startS, mean]);
    tick(at, 12, 1);
    settle(at);
    const after = at.history.query('h.p0.m0', startS, startS + 90).points.map(([atS, mean]) => [atS - startS, mean]);
    expect([before, after]).toEqual([
      after,
      [
        [0, 0],
        [30, 1],
        [45, 99],
        [60, 2],
        [90, 3],
      ],
    ]);
    at.close();
  });

  test('joins the sum of its five minutes if it is older, and is left out if it is older than the history', () => {
    const at = openHistoryIn(tempDir());
    tick(at, 12, 1);
    const bucket = startS - 2 * dayS - ((startS - 2 * dayS) % 300);
    for (const [value, atS] of [
      [4, bucket],
      [8, bucket + 299],
      [100, startS - 8 * dayS],
    ] as const) {
      at.store.append([sample('h.p.m', value, atS)]);
      at.store.flush();
      at.clock.advance(305_000);
    }
    tick(at, 12, 1);
    settle(at);
    expect(at.history.query('h.p.m', ...everything)).toEqual({ stepS: 300, points: [[bucket, 6, 4, 8]] });
    expect(rowsIn(at).raw).toBe(rowsIn(at).history - 1);
    at.close();
  });
});

test('after a day only sums of five minutes stay, after a week nothing, names of metrics included', () => {
  const at = openHistoryIn(tempDir());
  const all = tick(at, 60, 7);
  const early = { metric: 'h.p0.m0', fromS: 0, toS: startS + 3600, most: 1000 };
  const next = () => {
    all.push(...tick(at, 11, 1));
    settle(at);
    return faultOf(at.history.query(early.metric, early.fromS, early.toS), all, {
      ...early,
      nowS: at.clock.nowMs() / 1000,
    });
  };
  expect(next()).toBeNull();
  expect(rowsIn(at).raw).toBe(rowsIn(at).history);
  at.clock.advance(1.1 * dayS * 1000);
  expect(next()).toBeNull();
  expect(rowsIn(at).history).toBeGreaterThan(rowsIn(at).raw);
  expect(rowsIn(at).metrics).toBe(7);
  at.clock.advance(7 * dayS * 1000); // what waited in the spool for a day was written after it
  expect(next()).toBeNull();
  expect(rowsIn(at).metrics).toBe(1);
  at.close();
});

test('a clock that was ahead or behind for some time costs no later sample', () => {
  for (const jumpMs of [2 * dayS * 1000, -40 * dayS * 1000]) {
    const at = openHistoryIn(tempDir());
    tick(at, 20, 1);
    at.clock.jump(jumpMs);
    tick(at, 20, 1);
    settle(at);
    at.clock.jump(-jumpMs);
    const nowS = Math.floor(at.clock.nowMs() / 1000);
    const samples = tick(at, 40, 1);
    settle(at);
    expect(at.history.query('h.p0.m0', nowS, nowS + 1200).points).toEqual(asSampled(samples, 'h.p0.m0'));
    expect(at.history.metrics()).toEqual([{ name: 'h.p0.m0', lastAtS: nowS + 1200, lastValue: 39 }]);
    at.close();
  }
});

describe('the metrics', () => {
  test("have the last value by the samples' own time, also after a restart", () => {
    const dir = tempDir();
    const first = openHistoryIn(dir);
    tick(first, 15, 3);
    settle(first);
    first.store.append([sample('h.q.new', 7, startS + 500), sample('h.p0.m0', -1, startS + 10)]);
    first.store.flush();
    const expected = [
      ...[0, 1, 2].map((index) => ({ name: `h.p${index}.m${index}`, lastAtS: startS + 420, lastValue: 42 + index })),
      { name: 'h.q.new', lastAtS: startS + 500, lastValue: 7 },
    ];
    expect(first.history.metrics()).toEqual(expected);
    first.crash();
    const again = openHistoryIn(dir, { startMs: first.clock.nowMs() });
    expect(again.history.metrics()).toEqual(expected);
    again.close();
  });

  test('have the series of the last sample, also after a restart while its block is in the spool', () => {
    const [gauge, counter] = (['gauge', 'counter'] as const).map(
      (kind): Series => ({ family: 'f', labels: [['mount', '/größe']], kind, unit: 'B' }),
    );
    const dir = tempDir();
    const first = openHistoryIn(dir);
    first.store.append([
      { ...sample('h.p.a', 1, startS), ...(gauge && { series: gauge }) },
      { ...sample('h.p.a', 2, startS + 1), ...(counter && { series: counter }) },
      { ...sample('h.p.b', 3, startS), ...(gauge && { series: gauge }) },
      sample('h.p.b', 4, startS + 1),
    ]);
    first.store.flush();
    const expected = [
      { name: 'h.p.a', lastAtS: startS + 1, lastValue: 2, series: counter },
      { name: 'h.p.b', lastAtS: startS + 1, lastValue: 4 },
    ];
    expect(first.history.metrics()).toStrictEqual(expected);
    expect(['h.p.a', 'h.p.b', 'h.p.c'].map(first.store.history.seriesOf)).toEqual([counter, null, null]);
    first.crash();
    const again = openHistoryIn(dir, { startMs: first.clock.nowMs() });
    expect(again.history.metrics()).toStrictEqual(expected);
    again.close();
  });

  test('have no series after a restart once the block is in the history, until the next sample', () => {
    const series: Series = { family: 'f', labels: [], kind: 'counter', unit: '' };
    const dir = tempDir();
    const first = openHistoryIn(dir);
    first.store.append([{ ...sample('h.p.a', 1, startS), series }]);
    first.store.flush();
    tick(first, 15, 1);
    settle(first);
    expect(rowsIn(first).block).not.toBeNull();
    const lastOf = (at: TestStore) => at.history.metrics().find(({ name }) => name === 'h.p.a');
    const last = { name: 'h.p.a', lastAtS: startS, lastValue: 1 };
    expect(lastOf(first)).toStrictEqual({ ...last, series });
    first.crash();
    const again = openHistoryIn(dir, { startMs: first.clock.nowMs() });
    expect(lastOf(again)).toStrictEqual(last);
    const nextS = startS + 500;
    again.store.append([{ ...sample('h.p.a', 2, nextS), series }]);
    again.store.flush();
    expect(lastOf(again)).toStrictEqual({ ...last, lastAtS: nextS, lastValue: 2, series });
    again.close();
  });

  test('keep a series that is known when the same sample is read from the history', () => {
    const series: Series = { family: 'f', labels: [], kind: 'counter', unit: '' };
    const at = openHistoryIn(tempDir());
    at.store.append([{ ...sample('h.p.a', 1, startS), series }]);
    at.store.flush();
    tick(at, 15, 1);
    settle(at);
    expect(at.history.metrics()).toContainEqual({ name: 'h.p.a', lastAtS: startS, lastValue: 1, series });
    at.close();
  });

  test('have what the agent measures of its plugins, which the history does not keep', () => {
    const of = (family: string): Series => ({ family, labels: [['plugin', 'x']], kind: 'gauge', unit: '' });
    const at = openHistoryIn(tempDir());
    at.store.append([
      { ...sample('h.p.a', 1, startS), series: of('instrument_server_plugins') },
      {
        ...sample('h.p.b', 1, startS),
        series: { ...of('up'), labels: [['plugin', 'instrument_server_plugin_check']] },
      },
      { ...sample('h.instrument_server.plugin.x.up', 1, startS), series: of('instrument_server_plugin_up') },
    ]);
    at.store.flush();
    tick(at, 15, 1);
    settle(at);
    const kept = at.db().prepare('SELECT name FROM metrics ORDER BY name').all();
    expect(kept.map(({ name }) => name)).toEqual(['h.p.a', 'h.p.b', 'h.p0.m0']);
    expect(at.history.metrics().map(({ name }) => name)).toContain('h.instrument_server.plugin.x.up');
    at.close();
  });

  test('have it without a history if that is wanted, and take a bounded amount of memory', () => {
    const at = openHistoryIn(tempDir(), { history: { keptForS: 0, maxSizeBytes: 0, keepsLatest: true } });
    for (let part = 0; part < 9; part += 1) {
      at.store.append(Array.from({ length: 5000 }, (_, index) => sample(`h.p.m${part * 5000 + index}`, index, startS)));
      at.store.append([sample('h.p.always', part, startS)]);
      at.store.flush();
    }
    const metrics = at.history.metrics();
    expect(metrics.length).toBeLessThanOrEqual(40_000);
    expect(metrics.find(({ name }) => name === 'h.p.always')).toMatchObject({ lastValue: 8 });
    expect(at.history.query('h.p.always', ...everything).points).toEqual([]);
    expect(rowsIn(at)).toEqual({ history: 0, raw: 0, metrics: 0, block: null });
    at.close();
  });
});

test('without a history, none of it is written, kept in memory or waited for', () => {
  const at = openIn(tempDir(), { sinks: ['a'] });
  tick(at, 30, 3);
  expect(rowsIn(at)).toEqual({ history: 0, raw: 0, metrics: 0, block: null });
  expect(at.history.metrics()).toEqual([]);
  expect(at.clock.pending()).toBe(0);
  at.close();
});

test('a history that is turned off is removed gradually, and begins empty when it is turned on again', () => {
  const dir = tempDir();
  const history = { ...aWeek };
  const at = openHistoryIn(dir, { history });
  tick(at, 45, 300);
  settle(at);
  expect(rowsIn(at).history).toBeGreaterThan(600);
  history.keptForS = 0;
  expect(at.history.query('h.p0.m0', ...everything).points).toEqual([]);
  tick(at, 1, 1);
  settle(at);
  expect(rowsIn(at)).toEqual({ history: 0, raw: 0, metrics: 0, block: null });
  expect([at.store.history.sizeBytes(), at.clock.pending()]).toEqual([0, 0]);
  const changes = () => Number(at.db().prepare('SELECT total_changes() AS changes').all()[0]?.['changes']);
  const before = changes();
  settle(at);
  expect(changes()).toBe(before);
  history.keptForS = dayS;
  const samples = tick(at, 15, 2);
  settle(at);
  expect(at.history.query('h.p1.m1', ...everything).points).toEqual(asSampled(samples, 'h.p1.m1'));
  at.close();
});
