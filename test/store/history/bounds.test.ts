import { expect, test } from 'vitest';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { TestStore } from '../set-up.ts';
import { asSampled, aWeek, dayS, startS } from './model.ts';
import { openHistoryIn, rowsIn, settle, tick } from './set-up.ts';

const until = startS + 100 * dayS;

/** How many bytes of the file the history's tables take. */
function bytesOf({ db }: TestStore): number {
  const tables = "'history', 'history_raw', 'metrics', 'sqlite_autoindex_metrics_1'";
  return Number(db().prepare(`SELECT SUM(pgsize) AS bytes FROM dbstat WHERE name IN (${tables})`).all()[0]?.['bytes']);
}

test('its reported size is about what SQLite counts', () => {
  for (const metrics of [40, 2000]) {
    const at = openHistoryIn(tempDir());
    tick(at, 41, metrics);
    settle(at);
    const ratio = at.store.history.sizeBytes() / bytesOf(at);
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.4);
    at.close();
  }
});

test('beyond the bound the oldest samples go first, then the oldest sums, and what is left is complete', () => {
  const maxSizeBytes = 60_000;
  const at = openHistoryIn(tempDir(), { history: { ...aWeek, maxSizeBytes } });
  const all = tick(at, 301, 40);
  settle(at);
  const { raw, history, metrics } = rowsIn(at);
  expect(at.store.history.sizeBytes()).toBeLessThanOrEqual(maxSizeBytes);
  expect([raw > 100, history > raw, history < 30 * 40, metrics]).toEqual([true, true, true, 40]);
  const nowS = Math.floor(at.clock.nowMs() / 1000);
  const firstS = Number(at.db().prepare('SELECT floor FROM history_state').all()[0]?.['floor']);
  expect(firstS).toBeGreaterThan(startS);
  for (const metric of ['h.p0.m0', 'h.p39.m39']) {
    expect(at.history.query(metric, nowS - 600, nowS).points).toEqual(
      asSampled(all, metric)
        .slice(-20)
        .filter(([atS = 0]) => atS >= nowS - 600),
    );
    const { stepS, points } = at.history.query(metric, 0, until);
    const sums = points.map(([atS, mean, min, max]) => {
      const values = asSampled(all, metric).flatMap(([time = 0, value = 0]) =>
        time >= atS && time < atS + stepS ? value : [],
      );
      return (
        [mean, min, max].join() ===
        [values.reduce((sum, value) => sum + value, 0) / values.length, Math.min(...values), Math.max(...values)].join()
      );
    });
    expect([stepS, points[0]?.[0], sums.every(Boolean), points.length >= (nowS - firstS) / 300]).toEqual([
      300,
      firstS,
      true,
      true,
    ]);
  }
  at.close();
});

test('bounds may change while the agent runs: what was removed stays removed, and is not shown in part', () => {
  const history = { ...aWeek };
  const at = openHistoryIn(tempDir(), { history });
  const all = tick(at, 400, 30);
  settle(at);
  const full = at.store.history.sizeBytes();
  history.maxSizeBytes = full / 4;
  all.push(...tick(at, 10, 30));
  settle(at, 4); // in the middle of the work
  history.maxSizeBytes = full * 4;
  settle(at);
  all.push(...tick(at, 10, 30));
  settle(at);
  const nowS = Math.floor(at.clock.nowMs() / 1000);
  const sums = at.history.query('h.p7.m7', 0, until);
  const first = sums.points[0]?.[0] ?? 0;
  expect([sums.stepS, first > startS + 3600, first < nowS - 4200]).toEqual([300, true, true]);
  const recent = at.history.query('h.p7.m7', nowS - 900, until).points;
  expect(recent).toEqual(asSampled(all, 'h.p7.m7').filter(([atS = 0]) => atS >= nowS - 900));
  at.close();
});

test('a shorter time applies at once, and what was removed by it stays removed', () => {
  const history = { ...aWeek };
  const at = openHistoryIn(tempDir(), { history });
  const all = tick(at, 400, 30);
  settle(at);
  history.keptForS = 3600;
  const atOnce = at.history.query('h.p7.m7', 0, until);
  const firstS = atOnce.points[0]?.[0] ?? 0;
  expect([atOnce.stepS, Math.abs(firstS - (at.clock.nowMs() / 1000 - 3600)) <= 330]).toEqual([0, true]);
  all.push(...tick(at, 10, 30));
  settle(at);
  const hour = at.history.query('h.p7.m7', 0, until);
  expect(hour.points).toEqual(asSampled(all, 'h.p7.m7').filter(([atS = 0]) => atS >= (hour.points[0]?.[0] ?? 0)));
  history.keptForS = aWeek.keptForS;
  const left = at.history.query('h.p7.m7', 0, until).points;
  expect(left.slice(-hour.points.length)).toEqual(hour.points);
  expect(left.length - hour.points.length).toBeLessThanOrEqual(20); // written up to ten minutes after they were sampled
  at.close();
});

test('samples that only the history lacks take at most a quarter of the spool', () => {
  const at = openHistoryIn(tempDir(), { maxSizeBytes: 1024 ** 2 });
  const all = tick(at, 9, 2000); // all within five minutes
  for (let time = 0; time < 3; time += 1) all.push(...tick(at, 9, 2000));
  for (const metric of ['h.p0.m0', 'h.p99.m1999'])
    expect(at.history.query(metric, 0, until).points).toEqual(asSampled(all, metric));
  at.close();
});
