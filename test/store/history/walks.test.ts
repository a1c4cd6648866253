import { expect, test } from 'vitest';
import type { Database } from '../../../src/io/disk/database.ts';
import { atOnce } from '../../../src/io/walk.ts';
import type { Walk } from '../../../src/model/walk.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { asSampled, startS } from './model.ts';
import { openHistoryIn, settle, tick } from './set-up.ts';

const everything = [startS - 3600, startS + 7200] as const;

/** Makes a walk, and calls `between` between its steps. */
function walkWith<Value>(walk: Walk<Value>, between: (step: number) => void): { value: Value; steps: number } {
  for (let steps = 1; ; steps += 1) {
    const next = walk.next();
    if (next.done === true) return { value: next.value, steps };
    between(steps);
  }
}

test('a query pauses after each block of the spool, and commits during it are in its result, once each', () => {
  const at = openHistoryIn(tempDir());
  const samples = tick(at, 8, 3);
  const { value, steps } = walkWith(at.store.history.query('h.p1.m1', ...everything), (step) => {
    if (step < 5) samples.push(...tick(at, 1, 3));
  });
  expect(steps).toBeGreaterThanOrEqual(8);
  expect(value.points).toEqual(asSampled(samples, 'h.p1.m1'));
  expect(value).toEqual(at.history.query('h.p1.m1', ...everything));
  at.close();
});

test('blocks that move from the spool to the tables during a query are in its result, once each', () => {
  for (const moveAt of [1, 5, 11]) {
    const at = openHistoryIn(tempDir());
    const samples = tick(at, 12, 3);
    const query = at.store.history.query('h.p2.m2', ...everything);
    const { value } = walkWith(query, (step) => {
      if (step === moveAt) settle(at);
    });
    expect(value.points).toEqual(asSampled(samples, 'h.p2.m2'));
    at.close();
  }
});

test('the metrics of a former agent are read in steps, a bounded number of rows each, and are the same as before', () => {
  const dir = tempDir();
  const metrics = 700;
  const former = openHistoryIn(dir);
  tick(former, 12, metrics);
  settle(former);
  const samples = tick(former, 3, metrics);
  const expected = former.history.metrics();
  former.crash();
  let mostRows = 0;
  const counting = (db: Database): Database => ({
    ...db,
    prepare(sql) {
      const statement = db.prepare(sql);
      const all = (...values: Parameters<typeof statement.all>) => {
        const rows = statement.all(...values);
        mostRows = Math.max(mostRows, rows.length);
        return rows;
      };
      return { ...statement, all };
    },
  });
  const again = openHistoryIn(dir, { startMs: former.clock.nowMs(), through: counting });
  mostRows = 0;
  const walk = again.store.history.metrics();
  walk.next();
  expect(again.store.history.isRestoring()).toBe(true);
  const { value, steps } = walkWith(walk, () => settle(again, 3)); // no block may leave the spool meanwhile
  expect(value).toEqual(expected);
  expect(value.find(({ name }) => name === 'h.p7.m7')?.lastValue).toBe(samples.at(7 - metrics)?.value);
  expect(steps).toBeGreaterThanOrEqual(metrics / 200);
  expect([mostRows <= 200, again.store.history.isRestoring()]).toEqual([true, false]);
  again.close();
});

test('a walk whose agent ends meanwhile returns nothing, and reads no closed file', () => {
  const at = openHistoryIn(tempDir());
  tick(at, 4, 2);
  const walk = at.store.history.query('h.p1.m1', ...everything);
  walk.next();
  at.close();
  expect(atOnce(walk)).toEqual({ stepS: 0, points: [] });
  expect(at.events.all.filter(({ event }) => event === 'history.failed')).toEqual([]);
});
