import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/io/disk/database.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { limitLargestFile } from './largest-file.ts';
import { finish, inspect, openIn, samplesOf, type TestStore, valuesFor } from './set-up.ts';

type Obstacle = {
  readonly name: string;
  readonly says: RegExp;
  /** Makes every commit of some size fail. Returns a function that ends that. */
  lay(at: TestStore, dir: string): () => void;
};

const obstacles: readonly Obstacle[] = [
  {
    name: 'another process holds the file',
    says: /locked/,
    lay(_at, dir) {
      const other = openDatabase(join(dir, 'instrument_server.db'));
      other.exec('BEGIN EXCLUSIVE');
      return () => other.close();
    },
  },
  {
    name: 'the database has no room left',
    says: /full/,
    lay({ db }) {
      const pages = Number(db().prepare('PRAGMA page_count').all()[0]?.['page_count']);
      db().exec(`PRAGMA max_page_count = ${pages}`);
      return () => db().exec('PRAGMA max_page_count = 1000000');
    },
  },
  {
    name: 'nothing may be written',
    says: /readonly/,
    lay({ db }) {
      db().exec('PRAGMA query_only = 1');
      return () => db().exec('PRAGMA query_only = 0');
    },
  },
  {
    name: 'the disk is full',
    says: /./,
    lay() {
      const restore = limitLargestFile(4096);
      onTestFinished(restore);
      return restore;
    },
  },
];

/** Enough to need pages of its own. */
const many = (from: number) => Array.from({ length: 3000 }, (_, index) => from + index);

describe.each(obstacles)('a commit that fails because $name', ({ name, lay, says }) => {
  test('is logged once, loses nothing, is tried again each second, and its success is logged', () => {
    const dir = tempDir();
    const at = openIn(dir);
    at.store.append(samplesOf([1, 2]));
    at.store.flush();
    const remove = lay(at, dir);
    at.store.append(samplesOf(many(10)));
    at.clock.advance(50);
    expect(at.events.all).toMatchObject([{ event: 'store.failed', detail: expect.stringMatching(says) }]);
    finish(at.store, 'p', { values: many(5000), status: 3, endedAt: 9 });
    for (let second = 0; second < 5; second += 1) at.clock.advance(1000);
    at.store.flush();
    expect([at.events.all.length, at.clock.pending()]).toEqual([1, 1]);
    expect(valuesFor(at.store, 'a')).toEqual([1, 2]);
    remove();
    at.clock.advance(1000);
    expect(at.events.all.map(({ event }) => event)).toEqual(['store.failed', 'store.recovered']);
    expect(at.clock.pending()).toBe(0);
    const all = [1, 2, ...many(10), ...many(5000)];
    const view = at.store.view('a');
    expect(view.waiting()).toBe(all.length);
    at.close();
    const again = openIn(dir);
    const given: number[] = [];
    const rest = again.store.view('a');
    for (let batch = rest.peek(5000); batch; batch = rest.peek(5000)) {
      given.push(...batch.samples.map(({ value }) => value));
      rest.accept(batch);
    }
    expect(given).toEqual(all);
    expect(again.store.lastRun(pluginFile('p'))).toEqual({ endedAtS: 9, status: 3, output: null });
    again.close();
  });

  test('is logged again when it fails again later', () => {
    const dir = tempDir();
    const at = openIn(dir);
    for (let time = 0; time < 2; time += 1) {
      const remove = lay(at, dir);
      at.store.append(samplesOf(many(0)));
      at.clock.advance(50);
      remove();
      at.clock.advance(1000);
    }
    const events = at.events.all.map(({ event }) => event);
    expect(events).toEqual(['store.failed', 'store.recovered', 'store.failed', 'store.recovered']);
    at.close();
  });

  test('leaves the file intact when the agent is stopped or killed meanwhile', () => {
    for (const end of ['close', 'crash'] as const) {
      const dir = tempDir();
      const at = openIn(dir);
      finish(at.store, 'p', { stdout: 'one', values: [1], endedAt: 1 });
      at.store.flush();
      const remove = lay(at, dir);
      finish(at.store, 'p', { stdout: 'two', values: many(2), endedAt: 2 });
      at.clock.advance(50);
      at[end]();
      // the other obstacles were in the connection that is closed now
      if (name.startsWith('another') || name.startsWith('the disk')) remove();
      const again = openIn(dir);
      expect([valuesFor(again.store, 'a'), again.store.lastRun(pluginFile('p'))?.endedAtS]).toEqual([[1], 1]);
      expect(readFileSync(again.store.stdinPath(pluginFile('p')) ?? '', 'utf8')).toBe('one');
      again.close();
      expect(inspect(dir)).toEqual({ integrity: 'ok', withoutFile: [], withoutRow: [] });
    }
  });
});

test("while commits fail, the next run still gets the last run's state and its stdin", () => {
  const dir = tempDir();
  const at = openIn(dir);
  const p = pluginFile('p');
  finish(at.store, p, { stdout: 'one', endedAt: 1 });
  at.store.flush();
  const other = openDatabase(join(dir, 'instrument_server.db'));
  other.exec('BEGIN EXCLUSIVE');
  for (const endedAt of [2, 3, 4]) {
    finish(at.store, p, { stdout: `run ${endedAt}`, endedAt });
    at.clock.advance(1000);
    expect(at.store.lastRun(p)?.endedAtS).toBe(endedAt);
    expect(readFileSync(at.store.stdinPath(p) ?? '', 'utf8')).toBe(`run ${endedAt}`);
  }
  other.close();
  at.clock.advance(1000);
  expect(readdirSync(join(dir, 'outputs'))).toHaveLength(1);
  at.close();
  expect(inspect(dir)).toEqual({ integrity: 'ok', withoutFile: [], withoutRow: [] });
});

describe('a batch that is accepted while nothing can be written', () => {
  test('is not given again, and its position is written with the next commit', () => {
    const dir = tempDir();
    const at = openIn(dir);
    for (const value of [1, 2]) {
      at.store.append(samplesOf(Array(5000).fill(value)));
      at.store.flush();
    }
    const other = openDatabase(join(dir, 'instrument_server.db'));
    other.exec('BEGIN EXCLUSIVE');
    const view = at.store.view('a');
    const batch = view.peek(5000);
    if (batch) view.accept(batch);
    expect(at.events.all).toMatchObject([{ event: 'store.failed', detail: expect.stringContaining('locked') }]);
    expect([view.waiting(), new Set(view.peek(5000)?.samples.map(({ value }) => value))]).toEqual([5000, new Set([2])]);
    at.clock.advance(1000);
    expect(at.events.all).toHaveLength(1);
    other.close();
    at.clock.advance(1000);
    expect(at.events.all.map(({ event }) => event)).toEqual(['store.failed', 'store.recovered']);
    expect(at.clock.pending()).toBe(0);
    at.crash();
    const again = openIn(dir);
    expect([again.store.view('a').waiting(), again.store.view('b').waiting()]).toEqual([5000, 10_000]);
    again.close();
  });

  test('while the next one succeeds: the recovery is logged, and nothing is left to do', () => {
    const dir = tempDir();
    const at = openIn(dir);
    for (const value of [1, 2]) {
      at.store.append(samplesOf(Array(5000).fill(value)));
      at.store.flush();
    }
    const view = at.store.view('a');
    const acceptNext = () => {
      const batch = view.peek(5000);
      if (batch) view.accept(batch);
    };
    const other = openDatabase(join(dir, 'instrument_server.db'));
    other.exec('BEGIN EXCLUSIVE');
    acceptNext();
    other.close();
    acceptNext();
    at.clock.advance(1000);
    expect(at.events.all.map(({ event }) => event)).toEqual(['store.failed', 'store.recovered']);
    expect([view.waiting(), at.clock.pending()]).toEqual([0, 0]);
    at.crash();
    const again = openIn(dir);
    expect(again.store.view('a').waiting()).toBe(0);
    again.close();
  });
});

test('samples that can not be committed before the end are counted and logged', () => {
  const dir = tempDir();
  const at = openIn(dir);
  const other = openDatabase(join(dir, 'instrument_server.db'));
  other.exec('BEGIN EXCLUSIVE');
  at.store.append(samplesOf([1, 2, 3]));
  finish(at.store, 'p', { values: [4], status: 0, endedAt: 9 });
  at.close();
  expect(at.events.all).toMatchObject([{ event: 'store.failed' }, { event: 'store.lost', samples: 4 }]);
  other.close();
});

describe('a batch that can not be read, on a disk with a bad spot,', () => {
  /** Reading batches fails while `isBad`. */
  function openOnBadDisk(dir: string) {
    const disk = { isBad: false };
    const at = openIn(dir, {
      sinks: ['a'],
      through: (db) => ({
        ...db,
        prepare(sql) {
          const { run, all } = db.prepare(sql);
          const isBatch = /SELECT id, samples FROM blocks/.test(sql);
          return {
            run,
            all(...values) {
              if (disk.isBad && isBatch) throw new Error('disk I/O error');
              return all(...values);
            },
          };
        },
      }),
    });
    at.store.append(samplesOf([1, 2]));
    at.store.flush();
    return { at, disk };
  }

  test('is logged once, and given when it can be read again, without a new sample', () => {
    const { at, disk } = openOnBadDisk(tempDir());
    disk.isBad = true;
    expect([at.store.view('a').peek(5000), at.store.view('a').waiting()]).toEqual([null, 2]);
    at.clock.advance(30_000);
    at.store.append(samplesOf([3]));
    at.clock.advance(10_000);
    expect(at.events.all).toMatchObject([{ event: 'store.failed', detail: 'disk I/O error' }]);
    disk.isBad = false;
    const commits = at.commits();
    at.clock.advance(1000);
    expect(at.events.all.map(({ event }) => event)).toEqual(['store.failed', 'store.recovered']);
    expect(at.commits()).toBe(commits + 1); // the sinks are woken
    expect([valuesFor(at.store, 'a'), at.clock.pending()]).toEqual([[1, 2, 3], 0]);
    at.close();
  });

  test('and stays so for a minute, is set aside with its file, once it is salvaged', () => {
    const dir = tempDir();
    const { at, disk } = openOnBadDisk(dir);
    disk.isBad = true;
    at.store.view('a').peek(5000);
    at.clock.advance(61_000);
    disk.isBad = false;
    at.clock.advance(1000);
    expect(at.events.all.map(({ event }) => event)).toEqual([
      'store.failed',
      'store.set-aside',
      'store.salvaged',
      'store.recovered',
    ]);
    at.store.append(samplesOf([3]));
    at.store.flush();
    expect(valuesFor(at.store, 'a')).toEqual([1, 2, 3]);
    at.close();
  });
});
