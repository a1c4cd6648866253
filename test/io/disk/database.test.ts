import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Database, openDatabase } from '../../../src/io/disk/database.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { descriptors } from '../process/launch/launchers.ts';

function opened(path = join(tempDir(), 'db')): Database {
  const db = openDatabase(path);
  onTestFinished(() => db.close());
  return db;
}

const values = (db: Database) =>
  db
    .prepare('SELECT v FROM t ORDER BY rowid')
    .all()
    .map(({ v }) => v);

describe('a database', () => {
  test('is made with mode 0600 whatever the umask, keeps a write-ahead log, and syncs every commit', () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const path = join(tempDir(), 'db');
    const db = opened(path);
    db.exec('CREATE TABLE t (v)');
    expect(['', '-wal', '-shm'].map((suffix) => statSync(path + suffix).mode & 0o7777)).toEqual([0o600, 0o600, 0o600]);
    expect(db.prepare('PRAGMA journal_mode').all()).toEqual([{ journal_mode: 'wal' }]);
    expect(db.prepare('PRAGMA synchronous').all()).toEqual([{ synchronous: 2 }]);
  });

  test('gives back what was put in: numbers, text of any kind, bytes, nothing', () => {
    const db = opened();
    db.exec('CREATE TABLE t (v)');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    const all = [0, -1.5, 2 ** 53 - 1, '', `it's "ü😀"\n`, null, Uint8Array.of(0, 255)];
    for (const value of all) insert.run(value);
    expect(values(db).map((value) => (value instanceof Uint8Array ? new Uint8Array(value) : value))).toEqual(all);
  });

  test('takes the work of a transaction whole or not at all; what was thrown is thrown on', () => {
    const db = opened();
    db.exec('CREATE TABLE t (v)');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    db.transaction(() => insert.run(1));
    const cause = new Error('in the middle');
    expect(() =>
      db.transaction(() => {
        insert.run(2);
        throw cause;
      }),
    ).toThrow(cause);
    db.transaction(() => insert.run(3));
    expect(values(db)).toEqual([1, 3]);
  });

  test('can be written again after a transaction that found it locked, or full', () => {
    const path = join(tempDir(), 'db');
    const [db, other] = [opened(path), opened(path)];
    db.exec('CREATE TABLE t (v)');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    other.exec('BEGIN IMMEDIATE');
    expect(() => db.transaction(() => insert.run(1))).toThrow(/locked/);
    other.exec('ROLLBACK');
    db.exec('PRAGMA max_page_count = 2');
    expect(() => db.transaction(() => insert.run('x'.repeat(100_000)))).toThrow(/full/);
    db.exec('PRAGMA max_page_count = 1000');
    db.transaction(() => insert.run(2));
    expect(values(db)).toEqual([2]);
  });

  test('that is none throws what SQLite says, and leaves no descriptor', () => {
    const path = join(tempDir(), 'db');
    writeFileSync(path, 'this is no database'.repeat(500));
    const before = descriptors().length;
    expect(() => openDatabase(path)).toThrow(/not a database/);
    expect(() => openDatabase(join(path, 'below'))).toThrow('ENOTDIR');
    expect(descriptors().length).toBe(before);
  });

  test('leaves no log behind when it is closed in order', () => {
    const path = join(tempDir(), 'db');
    const db = openDatabase(path);
    db.exec('CREATE TABLE t (v)');
    db.close();
    expect(['-wal', '-shm'].map((suffix) => existsSync(path + suffix))).toEqual([false, false]);
  });
});
