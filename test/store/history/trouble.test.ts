import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../src/io/disk/database.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { withLargestFile } from '../largest-file.ts';
import { inspect, openIn, type TestStore, valuesFor } from '../set-up.ts';
import { asSampled, dayS, sample, startS } from './model.ts';
import { openHistoryIn, rowsIn, settle, tick } from './set-up.ts';

const until = startS + 100 * dayS;
const eventsOf = ({ events }: TestStore) => events.all.map(({ event }) => event);

/** A database in which the statements on the history's rows fail while `says` is not null. */
function failing(trouble: { says: string | null }) {
  return (db: Database): Database => ({
    ...db,
    prepare(sql) {
      const statement = db.prepare(sql);
      const check = () => {
        if (trouble.says !== null && /history(_raw)? /.test(sql)) throw new Error(trouble.says);
      };
      return {
        run(...values) {
          check();
          statement.run(...values);
        },
        all(...values) {
          check();
          return statement.all(...values);
        },
      };
    },
  });
}

/** Overwrites every page of one table, in a file that is not open. */
function damage(dir: string, table: string): void {
  const path = join(dir, 'instrument_server.db');
  const db = openDatabase(path);
  const pages = db.prepare('SELECT pageno FROM dbstat WHERE name = ?').all(table);
  db.close();
  const file = openSync(path, 'r+');
  for (const { pageno } of pages) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, (Number(pageno) - 1) * 4096);
  closeSync(file);
}

test('a history that can not be written costs the sinks nothing, is logged once, and catches up later', () => {
  const trouble: { says: string | null } = { says: 'disk I/O error' };
  const at = openHistoryIn(tempDir(), { sinks: ['a'], through: failing(trouble) });
  const all = tick(at, 50, 5);
  expect(valuesFor(at.store, 'a')).toEqual(all.map(({ value }) => value));
  expect(at.events.all).toEqual([{ event: 'history.failed', detail: 'disk I/O error' }]);
  expect(at.history.query('h.p1.m1', 0, until).points).toEqual(asSampled(all, 'h.p1.m1'));
  trouble.says = null;
  expect(at.history.query('h.p1.m1', 0, until).points).toEqual(asSampled(all, 'h.p1.m1'));
  all.push(...tick(at, 11, 5));
  settle(at);
  expect(eventsOf(at)).toEqual(['history.failed', 'history.recovered']);
  expect(rowsIn(at).history).toBeGreaterThan(0);
  expect(at.history.query('h.p1.m1', 0, until).points).toEqual(asSampled(all, 'h.p1.m1'));
  at.close();
});

test('damaged rows are removed, which is logged, and the history continues with what is still in the spool', () => {
  const trouble: { says: string | null } = { says: null };
  const at = openHistoryIn(tempDir(), { sinks: ['a'], through: failing(trouble) });
  const all = tick(at, 45, 5);
  settle(at);
  trouble.says = 'database disk image is malformed';
  expect(at.history.query('h.p1.m1', 0, until).points).toEqual([]);
  expect(at.history.query('h.p1.m1', 0, until).points).toEqual([]);
  trouble.says = null;
  settle(at);
  expect(at.events.all).toEqual([{ event: 'history.emptied', detail: 'database disk image is malformed' }]);
  expect(valuesFor(at.store, 'a')).toEqual(all.map(({ value }) => value));
  expect(at.history.query('h.p1.m1', 0, until).points).toEqual(asSampled(all, 'h.p1.m1').slice(-5));
  at.close();
});

test.each(['history', 'history_raw', 'metrics'])(
  'a file whose table %s is damaged stays while a sink lacks something in it, and is replaced then',
  (table) => {
    const dir = tempDir();
    const first = openHistoryIn(dir, { sinks: ['a'] });
    const all = tick(first, 45, 300);
    settle(first);
    first.close();
    damage(dir, table);
    const at = openHistoryIn(dir, { sinks: ['a'], startMs: first.clock.nowMs() });
    at.history.query('h.p1.m1', 0, until);
    settle(at);
    const later = tick(at, 25, 300);
    settle(at);
    expect(eventsOf(at)).toEqual(['history.failed']);
    const batch = at.store.view('a').peek(1e6);
    expect(batch?.samples).toEqual([...all, ...later]);
    if (batch) at.store.view('a').accept(batch);
    const last = tick(at, 25, 300);
    settle(at);
    expect(at.events.of('store.set-aside')).toMatchObject([{ samples: 0 }]);
    expect(valuesFor(at.store, 'a')).toEqual(last.map(({ value }) => value));
    expect(at.history.query('h.p1.m1', 0, until).points).toEqual(asSampled(last, 'h.p1.m1'));
    at.close();
    expect(inspect(dir).integrity).toBe('ok');
  },
);

test('tables that are damaged again at once are given up until the next start; the spool continues', () => {
  const dir = tempDir();
  const trouble = { says: 'database disk image is malformed' };
  const at = openHistoryIn(dir, { sinks: ['a'], through: failing(trouble) });
  const all = tick(at, 60, 5);
  settle(at);
  expect(eventsOf(at)).toEqual(['history.emptied', 'history.failed']);
  expect(valuesFor(at.store, 'a')).toEqual(all.map(({ value }) => value));
  expect(rowsIn(at).block).toBeNull();
  at.close();
  const again = openHistoryIn(dir, { startMs: at.clock.nowMs() });
  const later = tick(again, 15, 2);
  settle(again);
  expect(again.history.query('h.p1.m1', 0, until).points).toEqual(asSampled(later, 'h.p1.m1'));
  expect(eventsOf(again)).toEqual([]);
  again.close();
});

test('samples that a full disk does not take are in the history, from memory first and on disk later', () => {
  const dir = tempDir();
  const at = openHistoryIn(dir, { sinks: ['a'] });
  const all = tick(at, 5, 20);
  withLargestFile(4096, () => {
    all.push(...tick(at, 25, 20));
    const batch = at.store.view('a').peek(1e6);
    if (batch) at.store.view('a').accept(batch); // what a sink has accepted stays for the history
    expect(at.history.query('h.p1.m1', 0, until).points).toEqual(asSampled(all, 'h.p1.m1'));
  });
  all.push(...tick(at, 15, 20));
  settle(at);
  expect(eventsOf(at)).toEqual(['store.failed', 'store.recovered']);
  at.crash();
  const again = openHistoryIn(dir, { startMs: at.clock.nowMs() });
  expect(again.history.query('h.p1.m1', 0, until).points).toEqual(asSampled(all, 'h.p1.m1'));
  again.close();
});

test('after the whole database was set aside, the history continues with what is in memory', () => {
  const dir = tempDir();
  const trouble: { says: string | null } = { says: null };
  const at = openHistoryIn(dir, {
    sinks: ['a'],
    through: (db) => ({
      ...db,
      transaction(work) {
        if (trouble.says !== null) throw new Error(trouble.says);
        db.transaction(work);
      },
    }),
  });
  tick(at, 25, 3);
  trouble.says = 'disk full';
  const held = tick(at, 3, 3);
  trouble.says = 'database disk image is malformed';
  held.push(...tick(at, 1, 3));
  trouble.says = null;
  held.push(...tick(at, 15, 3));
  settle(at);
  expect(eventsOf(at)).toEqual(['store.failed', 'store.set-aside', 'store.salvaged', 'store.recovered']);
  const points = at.history.query('h.p2.m2', 0, until).points;
  expect(points.slice(-held.length / 3)).toEqual(asSampled(held, 'h.p2.m2'));
  expect(valuesFor(at.store, 'a')).toHaveLength(25 * 3 + held.length);
  at.close();
  expect(inspect(dir).integrity).toBe('ok');
});

test('a database of the former format is taken over, with the samples that wait in it', () => {
  const dir = tempDir();
  const first = openIn(dir, { sinks: ['a'] });
  first.store.append([sample('h.p.m', 1, startS)]);
  first.store.flush();
  for (const table of ['history', 'history_raw', 'metrics', 'history_state', 'history_ages', 'passed_time', 'life'])
    first.db().exec(`DROP TABLE ${table}`);
  first.db().exec('DROP INDEX block_sizes; DROP TABLE counters; DROP TABLE marks; PRAGMA user_version = 2');
  first.crash();
  const at = openHistoryIn(dir, { sinks: ['a'] });
  const all = tick(at, 12, 2);
  settle(at);
  expect(valuesFor(at.store, 'a')).toEqual([1, ...all.map(({ value }) => value)]);
  expect(at.history.query('h.p1.m1', 0, until).points).toEqual(asSampled(all, 'h.p1.m1'));
  expect(at.events.all).toEqual([]);
  at.close();
});
