import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../helpers/temp-dir.ts';
import { turn } from '../helpers/turns.ts';
import { limitLargestFile } from './largest-file.ts';
import { openIn, samplesOf, type TestStore } from './set-up.ts';

const databaseIn = (dir: string) => join(dir, 'instrument_server.db');
const recordIn = (dir: string) => join(dir, 'life');

/** Opens the directory, commits something, and ends. Returns what was found. */
function live(
  dir: string,
  { end = 'close' as 'close' | 'crash', bootId = 'boot-1' } = {},
): TestStore['store']['found'] {
  const at = openIn(dir, { bootId });
  at.store.append(samplesOf([1]));
  at.store.flush();
  at[end]();
  return at.store.found;
}

const lifeFound = (dir: string, bootId = 'boot-1') => {
  const { formerLife, database } = live(dir, { bootId });
  return `${formerLife} ${database}`;
};

test('the former life of a database is told apart: none, an orderly end, a kill, and a host that was started again', () => {
  const dir = tempDir();
  expect(lifeFound(dir)).toBe('first new');
  expect(lifeFound(dir)).toBe('stopped as-left');
  live(dir, { end: 'crash' });
  expect(lifeFound(dir)).toBe('killed as-left');
  live(dir, { end: 'crash' });
  expect(lifeFound(dir, 'boot-2')).toBe('host-restarted as-left');
  expect(lifeFound(dir, 'boot-3')).toBe('stopped as-left'); // an orderly end is one whatever the host did since
});

test('a life that was killed before its first commit is not taken for the orderly end of the one before', () => {
  const dir = tempDir();
  live(dir);
  openIn(dir).crash();
  expect(lifeFound(dir)).toBe('killed as-left');
});

test('an older copy of the database, one of another agent, and an empty one are seen, and the former end is known all the same', () => {
  const [dir, other] = [tempDir(), tempDir()];
  live(dir);
  const copy = join(tempDir(), 'copy');
  copyFileSync(databaseIn(dir), copy);
  live(dir, { end: 'crash' });
  copyFileSync(copy, databaseIn(dir));
  for (const end of ['-wal', '-shm']) rmSync(`${databaseIn(dir)}${end}`, { force: true });
  expect(lifeFound(dir)).toBe('killed older');
  live(dir);
  copyFileSync(copy, databaseIn(dir));
  expect(lifeFound(dir)).toBe('stopped older');
  expect(lifeFound(dir)).toBe('stopped as-left'); // once
  live(other);
  copyFileSync(databaseIn(other), databaseIn(dir));
  expect(lifeFound(dir)).toBe('stopped other');
  rmSync(databaseIn(dir));
  expect(lifeFound(dir)).toBe('stopped new');
  expect(lifeFound(dir)).toBe('stopped as-left');
});

test('without the record beside the database, or with one that was cut, nothing is said of the database', () => {
  const dir = tempDir();
  live(dir);
  rmSync(recordIn(dir));
  expect(lifeFound(dir)).toBe('stopped unknown');
  for (const text of ['', 'x'.repeat(160), readFileSync(recordIn(dir), 'utf8').slice(0, 40)]) {
    writeFileSync(recordIn(dir), text);
    expect(lifeFound(dir)).toBe('stopped unknown');
  }
});

test('of a database from before lives were recorded it is not said how the former agent ended', () => {
  const dir = tempDir();
  const first = openIn(dir);
  first.store.append(samplesOf([1]));
  first.store.flush();
  first.db().exec('DROP TABLE life');
  first.db().exec('DROP INDEX block_sizes; DROP TABLE counters; DROP TABLE marks; PRAGMA user_version = 4');
  first.crash();
  rmSync(recordIn(dir));
  expect(lifeFound(dir)).toBe('unknown unknown');
  expect(lifeFound(dir)).toBe('stopped as-left');
});

test('where the start of the host is not known, a life without an orderly end is not said to be killed', () => {
  const dir = tempDir();
  const at = openIn(dir, { bootId: null });
  at.store.flush();
  at.crash();
  expect(lifeFound(dir)).toBe('unknown as-left');
});

test('an orderly end on a disk that takes nothing is still known, from the record beside the database', () => {
  const dir = tempDir();
  const at = openIn(dir);
  at.store.append(samplesOf([1]));
  at.store.flush();
  const lift = limitLargestFile(statSync(recordIn(dir)).size);
  at.close();
  lift();
  expect(lifeFound(dir)).toBe('stopped as-left');
});

test('the record beside the database is written once an hour while samples come', () => {
  const dir = tempDir();
  const at = openIn(dir);
  const written = () => Number(readFileSync(recordIn(dir), 'utf8').split(' ')[2]);
  const first = written();
  for (let minute = 0; minute < 62; minute += 1) {
    at.store.append(samplesOf([minute]));
    at.clock.advance(60_000);
  }
  expect([first, written()]).toEqual([1, 62]);
  at.close();
});

test('a database that was moved to a new file, or salvaged while the agent ran, is the same to the next agent', async () => {
  const dir = join(tempDir(), 'state');
  const at = openIn(dir);
  at.store.append(samplesOf([1]));
  at.store.flush();
  rmSync(dir, { recursive: true });
  at.state.remake();
  void at.store.move();
  while (at.events.of('store.moved').length === 0) {
    at.clock.advance(1);
    await turn();
  }
  at.store.append(samplesOf([2]));
  at.store.flush();
  at.close();
  expect(lifeFound(dir)).toBe('stopped as-left');
  const next = openIn(dir);
  next.db().exec('DROP TABLE last_runs'); // as damage does
  next.store.append(samplesOf([3]));
  next.store.present(new Set());
  next.crash();
  expect(lifeFound(dir)).toBe('killed damaged');
  expect(lifeFound(dir)).toBe('stopped as-left');
});
