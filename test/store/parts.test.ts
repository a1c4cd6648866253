import { expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { finish, openIn, samplesOf, valuesFor } from './set-up.ts';

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

test('a large output is committed in parts of 2,500 samples, in order, and other samples between two parts', () => {
  const at = openIn(tempDir());
  finish(at.store, 'large', { values: numbers(12_000), status: 3, endedAt: 7 });
  at.clock.advance(50);
  expect(at.store.view('a').waiting()).toBe(2500);
  at.store.append(samplesOf([-1]));
  at.clock.advance(1);
  expect(at.store.view('a').waiting()).toBe(5000);
  for (let part = 3; part <= 5; part += 1) at.clock.advance(1);
  expect(valuesFor(at.store, 'a')).toEqual([...numbers(12_000), -1]);
  expect(at.clock.pending()).toBe(0);
  at.close();
});

test('the state of a run is on disk with the last of its samples, not before, and small runs do not wait for it', () => {
  const dir = tempDir();
  const at = openIn(dir);
  finish(at.store, 'small', { values: [-1], endedAt: 5 });
  finish(at.store, 'large', { values: numbers(12_000), status: 3, endedAt: 7 });
  at.clock.advance(50);
  at.crash();
  const again = openIn(dir);
  expect(again.store.lastRun(pluginFile('small'))).toMatchObject({ endedAtS: 5 });
  expect(again.store.lastRun(pluginFile('large'))).toBeNull();
  expect(valuesFor(again.store, 'a')).toEqual([-1, ...numbers(2499)]);
  finish(again.store, 'large', { values: numbers(12_000), status: 3, endedAt: 9 });
  again.close(); // writes all parts
  const last = openIn(dir);
  expect(last.store.lastRun(pluginFile('large'))).toMatchObject({ endedAtS: 9, status: 3 });
  expect(last.store.view('a').waiting()).toBe(14_500);
  last.close();
});

test('a part that can not be committed is held in memory, and nothing is lost or doubled', () => {
  const at = openIn(tempDir());
  finish(at.store, 'large', { values: numbers(12_000), endedAt: 7 });
  at.clock.advance(50);
  at.db().exec('PRAGMA query_only = 1');
  at.clock.advance(1);
  expect(at.events.all).toMatchObject([{ event: 'store.failed' }]);
  at.db().exec('PRAGMA query_only = 0');
  at.clock.advance(1000);
  at.store.flush();
  expect(valuesFor(at.store, 'a')).toEqual(numbers(12_000));
  expect(at.store.view('a').waiting()).toBe(12_000);
  at.close();
});

test('a bound that was lowered is reached in steps of about 10,000 samples a commit, all counted', () => {
  const dir = tempDir();
  const before = openIn(dir, { sinks: ['a'] });
  before.store.append(samplesOf(numbers(60_000)));
  before.close();
  const at = openIn(dir, { sinks: ['a'], maxSizeBytes: 1000 });
  const steps: number[] = [];
  for (let waiting = 60_000; waiting > 0; waiting = at.store.view('a').waiting()) {
    at.store.append(samplesOf([1]));
    at.store.commit();
    steps.push(waiting - at.store.view('a').waiting());
    if (steps.length > 20) break;
  }
  expect(steps.length).toBeGreaterThanOrEqual(6);
  expect(Math.max(...steps)).toBeLessThanOrEqual(15_000);
  expect(at.store.view('a').lost() + at.store.view('a').waiting()).toBe(60_000 + steps.length);
  at.close();
});

test('blocks that every sink has passed are deleted 2,000 at a time', () => {
  const dir = tempDir();
  const before = openIn(dir, { sinks: ['a', 'brief'] });
  const insert = before.db().prepare('INSERT INTO blocks (id, samples, bytes, lines) VALUES (?, 1, 8, ?)');
  before.db().transaction(() => {
    for (let id = 1; id <= 5000; id += 1) insert.run(id, 'h.p 1 1\n');
  });
  before.db().exec("UPDATE places SET block = 5000 WHERE sink = 'a'");
  before.crash();
  const at = openIn(dir, { sinks: ['a'] });
  const left = () => Number(at.db().prepare('SELECT COUNT(*) AS left FROM blocks WHERE id <= 5000').all()[0]?.['left']);
  const seen = [left()];
  while (seen.length < 10 && (seen.at(-1) ?? 0) > 0) {
    at.store.append(samplesOf([1]));
    at.store.commit();
    seen.push(left());
  }
  expect(seen.every((count, index) => index === 0 || (seen[index - 1] ?? 0) - count <= 2000)).toBe(true);
  expect(seen.at(-1)).toBe(0);
  at.close();
});

test('at a stop, much is committed a part with each step, and all of it is on disk after the last one', () => {
  const at = openIn(tempDir());
  at.store.append(samplesOf(numbers(12_000)));
  const waiting = Array.from(at.store.flushWalk(), () => at.store.view('a').waiting());
  expect([...waiting, at.store.view('a').waiting()]).toEqual([2500, 5000, 7500, 10_000, 12_000]);
  expect(at.clock.pending()).toBe(0);
  at.close();
});
