import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { limitLargestFile } from './largest-file.ts';
import { finish, inspect, openIn, samplesOf, type TestStore, valuesFor } from './set-up.ts';

const many = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);
const p = pluginFile('p');

/**
 * Moves all that was committed into the database's own file, and forgets what memory holds of it.
 */
function toOneFile({ db }: TestStore): void {
  db().exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory');
}

/** Damages the database of a running store. */
function damageUnder(at: TestStore, dir: string): void {
  toOneFile(at);
  damage(dir, 1);
  at.db().exec('PRAGMA shrink_memory');
}

/** A running store whose database, with 50,000 samples for the sink `a`, has just been damaged. */
function openDamaged(dir: string): TestStore {
  const at = openIn(dir, { sinks: ['a'] });
  at.store.append(samplesOf(many(50_000)));
  at.store.flush();
  damageUnder(at, dir);
  return at;
}

/** Overwrites every page of the database but the first ones. */
function damage(dir: string, pages: number): void {
  const path = join(dir, 'instrument_server.db');
  const file = openSync(path, 'r+');
  for (let at = pages * 4096; at < statSync(path).size; at += 4096)
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, at);
  closeSync(file);
}

test('a file that is not a database is set aside at start, which is logged, and an empty one is begun', () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'instrument_server.db'), 'no database at all, '.repeat(100));
  const at = openIn(dir);
  const path = join(dir, 'instrument_server.db.damaged');
  expect(at.events.all).toEqual([{ event: 'store.set-aside', path, samples: null, detail: 'file is not a database' }]);
  expect(readFileSync(path, 'utf8')).toContain('no database at all');
  finish(at.store, 'p', { values: [1], endedAt: 9 });
  at.close();
  const again = openIn(dir);
  expect([again.events.all, valuesFor(again.store, 'a'), again.store.lastRun(p)?.endedAtS]).toEqual([[], [1], 9]);
  again.close();
});

test('a database that was damaged between two lives is set aside, at start or when it is read, and only once', () => {
  for (const pages of [1, 2, 3, 5]) {
    const dir = tempDir();
    const first = openIn(dir);
    finish(first.store, 'p', { values: many(20_000) });
    first.store.flush();
    toOneFile(first);
    first.close();
    damage(dir, pages);
    const at = openIn(dir);
    at.store.view('a').peek(5000);
    at.clock.advance(1000);
    expect(at.events.all.map(({ event }) => event)).toEqual(['store.set-aside']);
    at.store.append(samplesOf([1]));
    at.store.flush();
    expect(valuesFor(at.store, 'a').at(-1)).toBe(1);
    at.close();
    expect(inspect(dir).integrity).toBe('ok');
    const again = openIn(dir);
    expect([again.events.all, valuesFor(again.store, 'a')]).toEqual([[], [1]]);
    again.close();
  }
});

test('a database damaged while the agent runs is set aside, and what is in memory goes to the new one', () => {
  const dir = tempDir();
  const at = openIn(dir, { sinks: ['a'] });
  finish(at.store, 'p', { values: many(50_000), stdout: 'kept', endedAt: 7, status: 3 });
  at.store.flush();
  toOneFile(at);
  const view = at.store.view('a');
  const underWay = view.peek(5000);
  damage(dir, 1);
  at.db().exec('PRAGMA shrink_memory');
  finish(at.store, 'q', { values: [1, 2], stdout: 'new', endedAt: 8 });
  at.clock.advance(2000);
  const aside = { event: 'store.set-aside', path: join(dir, 'instrument_server.db.damaged'), samples: 50_000 };
  expect(at.events.all.filter(({ event }) => event === 'store.set-aside')).toMatchObject([aside]);
  if (underWay) view.accept(underWay); // it was in the old file, and was delivered
  expect([valuesFor(at.store, 'a'), view.waiting()]).toEqual([[1, 2], 2]);
  at.close();
  expect(existsSync(aside.path)).toBe(true);
  expect(inspect(dir)).toEqual({ integrity: 'ok', withoutFile: [], withoutRow: [] });
  const again = openIn(dir, { sinks: ['a'] });
  expect(again.store.lastRun(p)).toMatchObject({ endedAtS: 7, status: 3 });
  expect(readFileSync(again.store.stdinPath(p) ?? '', 'utf8')).toBe('kept');
  expect(valuesFor(again.store, 'a')).toEqual([1, 2]);
  again.close();
});

test('after repeated damage one damaged file is kept, the largest', () => {
  const dir = tempDir();
  for (const text of ['first', 'the second', 'third']) {
    const at = openIn(dir);
    toOneFile(at);
    at.close();
    writeFileSync(join(dir, 'instrument_server.db'), `${text}, `.repeat(500));
    openIn(dir).close();
  }
  expect(readFileSync(join(dir, 'instrument_server.db.damaged'), 'utf8')).toContain('the second');
});

test('a database of a newer version of the agent is left alone', () => {
  const dir = tempDir();
  const first = openIn(dir);
  first.db().exec('PRAGMA user_version = 99');
  first.close();
  expect(() => openIn(dir)).toThrow(
    /written by a newer version of the agent \(format 99, this one knows \d+\); install that version again/,
  );
  expect(existsSync(join(dir, 'instrument_server.db.damaged'))).toBe(false);
});

test('damaged text within a block is left out, which is logged; the rest arrives, and nothing stops', () => {
  const dir = tempDir();
  const at = openIn(dir, { sinks: ['a'] });
  at.store.append(samplesOf(many(10)));
  at.store.flush();
  at.store.append(samplesOf([10]));
  at.store.flush();
  const lines = many(10).map(
    (value) => `h.p.m ${value === 3 ? 'x' : value === 5 ? '1 ' : value} ${value === 7 ? '170000z' : 1_700_000_000}\n`,
  );
  at.db().prepare('UPDATE blocks SET lines = ? WHERE id = 1').run(lines.join(''));
  const view = at.store.view('a');
  const batch = view.peek(5000);
  expect(batch?.samples.map(({ value }) => value)).toEqual([0, 1, 2, 4, 6, 8, 9, 10]);
  if (batch) view.accept(batch);
  expect(at.events.all).toEqual([{ event: 'spool.unreadable', sink: 'a', samples: 3 }]);
  expect([view.waiting(), view.lost(), view.peek(5000)]).toEqual([0, 3, null]);
  at.close();
});

test('while no new file can be opened in its place, new samples are held in memory and given from there', () => {
  const dir = tempDir();
  const at = openDamaged(dir);
  const restore = limitLargestFile(1);
  onTestFinished(restore);
  at.store.append(samplesOf([1]));
  at.clock.advance(3000);
  const view = at.store.view('a');
  expect([valuesFor(at.store, 'a'), view.waiting()]).toEqual([[1], 1]);
  const batch = view.peek(5000);
  if (batch) view.accept(batch);
  at.store.append(samplesOf([2]));
  at.clock.advance(1000);
  expect(valuesFor(at.store, 'a')).toEqual([2]);
  restore();
  at.clock.advance(1000);
  at.crash();
  const again = openIn(dir, { sinks: ['a'] });
  expect(valuesFor(again.store, 'a')).toEqual([2]);
  again.close();
});

test('if new files are damaged at once, too, the first is kept, and a file is set aside at most once a minute', () => {
  const dir = tempDir();
  const at = openDamaged(dir);
  const size = statSync(join(dir, 'instrument_server.db')).size;
  let aside = 0;
  for (let second = 0; second < 100; second += 1) {
    at.store.append(samplesOf([second]));
    at.clock.advance(1000);
    const count = at.events.all.filter(({ event }) => event === 'store.set-aside').length;
    if (count > aside) damageUnder(at, dir);
    aside = count;
  }
  expect(aside).toBe(2);
  expect(statSync(join(dir, 'instrument_server.db.damaged')).size).toBe(size);
  at.crash();
});

test('a damaged file that can not be replaced at first is replaced later, kept whole, and logged once', () => {
  const dir = tempDir();
  const at = openDamaged(dir);
  const size = statSync(join(dir, 'instrument_server.db')).size;
  const restore = limitLargestFile(1);
  onTestFinished(restore);
  at.store.append(samplesOf([1]));
  for (let second = 0; second < 5; second += 1) at.clock.advance(1000);
  restore();
  at.clock.advance(1000);
  const events = at.events.all.map(({ event }) => event);
  expect([events.filter((event) => event === 'store.set-aside'), events.at(-1)]).toEqual([
    ['store.set-aside'],
    'store.recovered',
  ]);
  expect(statSync(join(dir, 'instrument_server.db.damaged')).size).toBe(size);
  at.close();
  const again = openIn(dir, { sinks: ['a'] });
  expect([again.events.all, valuesFor(again.store, 'a')]).toEqual([[], [1]]);
  again.close();
});

test.each([
  ['says another format', 47, 99],
  ['says that nothing was made in it yet', 63, 0],
])('a file whose header %s is set aside', (_title, offset, byte) => {
  const dir = tempDir();
  const at = openIn(dir);
  toOneFile(at);
  at.close();
  const file = openSync(join(dir, 'instrument_server.db'), 'r+');
  writeSync(file, Buffer.from([byte]), 0, 1, offset);
  closeSync(file);
  const again = openIn(dir);
  expect(again.events.all).toMatchObject([{ event: 'store.set-aside' }]);
  again.close();
});
