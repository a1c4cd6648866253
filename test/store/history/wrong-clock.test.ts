import { expect, test } from 'vitest';
import { tempDir } from '../../helpers/temp-dir.ts';
import { asSampled, aWeek, dayS, startS } from './model.ts';
import { openHistoryIn, rowsIn, settle, tick } from './set-up.ts';

const yearMs = 365 * dayS * 1000;

test.each([
  ['two days', 2 * dayS * 1000],
  ['thirty years', 30 * yearMs],
])('a clock that is %s ahead for some hours deletes nothing', (_title, aheadMs) => {
  const dir = tempDir();
  let at = openHistoryIn(dir);
  const all = tick(at, 60, 3);
  settle(at);
  all.push(...tick(at, 3, 3)); // these still wait in the spool when the clock goes wrong
  const before = rowsIn(at);
  at.clock.jump(aheadMs);
  for (let hour = 0; hour < 5; hour += 1) {
    tick(at, 12, 3);
    settle(at);
  }
  at.close();
  at = openHistoryIn(dir, { startMs: at.clock.nowMs() }); // nor does a restart meanwhile
  tick(at, 12, 3);
  settle(at);
  at.clock.jump(-aheadMs);
  all.push(...tick(at, 20, 3));
  settle(at);
  const nowS = at.clock.nowMs() / 1000;
  for (const metric of ['h.p0.m0', 'h.p2.m2'])
    expect(at.history.query(metric, startS - dayS, nowS)).toEqual({ stepS: 0, points: asSampled(all, metric) });
  expect(rowsIn(at).raw).toBeGreaterThan(before.raw);
  at.close();
});

test('what was dated ahead is deleted at the same age as all else, and is never the latest value', () => {
  const at = openHistoryIn(tempDir());
  tick(at, 20, 2);
  at.clock.jump(30 * yearMs);
  tick(at, 20, 2);
  settle(at);
  at.clock.jump(-30 * yearMs);
  tick(at, 1, 1);
  expect(at.history.metrics()).toContainEqual({
    name: 'h.p0.m0',
    lastAtS: Math.floor(at.clock.nowMs() / 1000),
    lastValue: 0,
  });
  tick(at, 11, 1);
  settle(at);
  const newest = () => Number(at.db().prepare('SELECT MAX(at) AS at FROM history').all()[0]?.['at']);
  expect(newest()).toBeGreaterThan(startS + 29 * 365 * dayS);
  at.clock.advance(7.1 * dayS * 1000);
  tick(at, 12, 1);
  settle(at);
  expect(newest()).toBeLessThan(at.clock.nowMs() / 1000);
  expect(Number(at.db().prepare('SELECT COUNT(*) AS rows FROM history_ages').all()[0]?.['rows'])).toBeLessThan(10);
  at.close();
});

test('a clock that is set for the first time, from 1970, neither blocks nor deletes: both times age out', () => {
  const at = openHistoryIn(tempDir(), { startMs: 60_000 });
  tick(at, 20, 1);
  settle(at);
  at.clock.jump(startS * 1000);
  const all = tick(at, 20, 1);
  settle(at);
  const query = () => at.history.query('h.p0.m0', startS, at.clock.nowMs() / 1000);
  expect(query().points).toEqual(asSampled(all, 'h.p0.m0'));
  const oldest = () => Number(at.db().prepare('SELECT MIN(at) AS at FROM history').all()[0]?.['at']);
  expect(oldest()).toBeLessThan(dayS);
  at.clock.advance(7.1 * dayS * 1000);
  tick(at, 12, 1);
  settle(at);
  expect(oldest()).toBeGreaterThan(startS);
  at.close();
});

test('after a month without an agent, what is older than the history is not shown, and is deleted a week later', () => {
  const dir = tempDir();
  const first = openHistoryIn(dir);
  tick(first, 30, 2);
  settle(first);
  first.close();
  const at = openHistoryIn(dir, { startMs: first.clock.nowMs() + 30 * dayS * 1000 });
  tick(at, 12, 1);
  settle(at);
  const firstRow = () => Number(at.db().prepare('SELECT MIN(at) AS at FROM history').all()[0]?.['at']);
  expect(at.history.query('h.p1.m1', 0, at.clock.nowMs() / 1000).points).toEqual([]);
  expect(firstRow()).toBe(startS);
  at.clock.advance(7 * dayS * 1000);
  tick(at, 12, 1);
  settle(at);
  expect(firstRow()).toBeGreaterThan(startS + 29 * dayS);
  at.close();
});

test('samples that wait for a sink that is absent are given up by time that passed, not by the clock', () => {
  const dir = tempDir();
  const first = openHistoryIn(dir, { sinks: ['a'] });
  tick(first, 1, 1);
  first.close();
  const at = openHistoryIn(dir, { sinks: [], startMs: first.clock.nowMs() + yearMs });
  tick(at, 2, 1);
  expect(at.events.of('spool.forgotten')).toEqual([]);
  at.clock.advance(aWeek.keptForS * 1000);
  tick(at, 1, 1);
  expect(at.events.of('spool.forgotten')).toMatchObject([{ sink: 'a', samples: 3 }]);
  at.close();
});

test('a history of the former format ages from when it is taken over, five minutes a row', () => {
  const dir = tempDir();
  const first = openHistoryIn(dir);
  tick(first, 60, 2);
  settle(first);
  const before = rowsIn(first);
  for (const table of ['history_ages', 'passed_time', 'life']) first.db().exec(`DROP TABLE ${table}`);
  first.db().exec('DROP INDEX block_sizes; DROP TABLE counters; DROP TABLE marks; PRAGMA user_version = 3');
  first.crash();
  const at = openHistoryIn(dir, { startMs: first.clock.nowMs() });
  const ages = at.db().prepare('SELECT at, written_at FROM history_ages ORDER BY at').all();
  expect(ages.map(({ at: atS, written_at }) => [Number(atS) - startS, written_at])).toEqual(
    ages.map((_, index) => [index * 300, 300 * (index + 1 - ages.length)]),
  );
  expect([ages.length > 3, rowsIn(at)]).toEqual([true, before]);
  at.close();
});
