import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/io/disk/database.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { turn } from '../helpers/turns.ts';
import { files, finish, openIn, samplesOf, type TestStore, valuesFor } from './set-up.ts';

async function moved({ store, clock }: TestStore): Promise<string | null> {
  let result: { readonly failed: string | null } | null = null;
  void store.move().then((failed) => {
    result = { failed };
  });
  for (;;) {
    await turn();
    const done: { readonly failed: string | null } | null = result;
    if (done !== null) return (done as { readonly failed: string | null }).failed;
    clock.advance(1);
  }
}

const remove = (at: TestStore, dir: string) => {
  rmSync(dir, { recursive: true });
  expect([at.state.isThere(), at.state.isDatabaseThere()]).toEqual([false, false]);
  expect(at.state.remake()).toBeNull();
};

test('what waited in a removed database waits in the new one, each sink at its place, with what came meanwhile', async () => {
  const dir = join(tempDir(), 'state');
  const at = openIn(dir, { sinks: ['a', 'b'] });
  const first = Array.from({ length: 60_000 }, (_, index) => index); // some steps of the move
  at.store.append(samplesOf(first));
  at.store.flush();
  const view = at.store.view('a');
  const batch = view.peek(5000);
  if (batch) view.accept(batch);
  finish(at.store, 'p', { stdout: 'kept', values: [-1] });
  at.store.flush();
  remove(at, dir);
  const move = at.store.move();
  at.store.append(samplesOf([-2])); // while it is under way
  at.store.flush();
  while (at.events.of('store.moved').length === 0) {
    at.clock.advance(1);
    await turn();
  }
  expect(await move).toBeNull();
  expect(at.events.of('store.moved')).toEqual([{ event: 'store.moved', samples: 60_002, outputs: 1 }]);
  finish(at.store, 'q', { stdout: 'new', values: [-3] });
  at.close();
  const again = openIn(dir, { sinks: ['a', 'b'] });
  expect(valuesFor(again.store, 'b')).toEqual([...first, -1, -2, -3]);
  expect(valuesFor(again.store, 'a')).toEqual([...first.slice(5000), -1, -2, -3]);
  const [p, q] = [...files('p', 'q')].map((file) => again.store.lastRun(file));
  expect([p?.output, q?.output?.sizeBytes]).toEqual([null, 3]);
  again.close();
});

test('a batch that a sink is delivering during the move is not delivered again after it', async () => {
  const dir = join(tempDir(), 'state');
  const at = openIn(dir, { sinks: ['a'] });
  at.store.append(samplesOf([1, 2]));
  at.store.flush();
  const view = at.store.view('a');
  const batch = view.peek(10);
  remove(at, dir);
  expect(await moved(at)).toBeNull();
  if (batch) view.accept(batch);
  at.store.append(samplesOf([3]));
  at.close();
  const again = openIn(dir, { sinks: ['a'] });
  expect(valuesFor(again.store, 'a')).toEqual([3]);
  again.close();
});

test('what every sink has accepted during the move is deleted with the next commit', async () => {
  const dir = join(tempDir(), 'state');
  const at = openIn(dir, { sinks: ['a', 'b'] });
  at.store.append(samplesOf(Array.from({ length: 60_000 }, (_, index) => index)));
  at.store.flush();
  remove(at, dir);
  const move = moved(at);
  for (const sink of ['a', 'b']) {
    const view = at.store.view(sink);
    for (let batch = view.peek(100_000); batch; batch = view.peek(100_000)) view.accept(batch);
  }
  expect(await move).toBeNull();
  for (let commits = 0; commits < 30; commits += 1) {
    at.store.append(samplesOf([commits]));
    at.store.flush(); // each deletes a part
  }
  const db = openDatabase(join(dir, 'instrument_server.db'));
  expect(db.prepare('SELECT SUM(samples) AS samples FROM blocks').all()).toEqual([{ samples: 30 }]);
  db.close();
  at.close();
});

test('a file that took the place of the database is renamed, not overwritten', async () => {
  const dir = join(tempDir(), 'state');
  const at = openIn(dir, { sinks: ['a'] });
  at.store.append(samplesOf([1]));
  at.store.flush();
  rmSync(join(dir, 'instrument_server.db'));
  writeFileSync(join(dir, 'instrument_server.db'), 'from a backup');
  expect([at.state.isThere(), at.state.isDatabaseThere()]).toEqual([true, false]);
  expect(await moved(at)).toBeNull();
  expect(at.state.isDatabaseThere()).toBe(true);
  expect(readdirSync(dir)).toContain('instrument_server.db.replaced');
  at.close();
  const again = openIn(dir, { sinks: ['a'] });
  expect(valuesFor(again.store, 'a')).toEqual([1]);
  again.close();
});

test('a move that fails leaves all as it was, and the next one begins again', async () => {
  const dir = join(tempDir(), 'state');
  const at = openIn(dir, { sinks: ['a'] });
  at.store.append(samplesOf(Array.from({ length: 60_000 }, (_, index) => index)));
  at.store.flush();
  rmSync(dir, { recursive: true });
  expect(await moved(at)).toMatch(/ENOENT|unable to open/);
  mkdirSync(dir, { mode: 0o700 });
  const half = at.store.move(); // its first step is made at once
  at.db().exec('DROP TABLE places'); // the next step fails
  for (let step = 0; step < 5; step += 1) {
    at.clock.advance(1);
    await turn();
  }
  expect(await half).toMatch(/no such table/);
  expect(readdirSync(dir)).not.toContain('instrument_server.db');
  at.crash();
});

test('a store that is closed during a move leaves no half of it', async () => {
  const dir = join(tempDir(), 'state');
  const at = openIn(dir, { sinks: ['a'] });
  at.store.append(samplesOf(Array.from({ length: 60_000 }, (_, index) => index)));
  at.store.flush();
  remove(at, dir);
  const move = at.store.move();
  at.close();
  at.clock.advance(1);
  expect(await move).toBeNull();
  expect(readdirSync(dir)).not.toContain('instrument_server.db');
});
