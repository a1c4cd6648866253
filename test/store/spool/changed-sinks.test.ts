import { expect, test } from 'vitest';
import { tempDir } from '../../helpers/temp-dir.ts';
import { openIn, samplesOf, valuesFor } from '../set-up.ts';

const kept = (name: string) => ({ name, keptForS: 7 * 24 * 3600 });

test('a sink that is added while the agent runs gets samples from then on, and the others stay where they were', () => {
  const { store, clock, commits, close } = openIn(tempDir(), { sinks: ['a'] });
  store.append(samplesOf([1, 2]));
  clock.advance(100);
  const before = commits();
  store.setSinks([kept('a'), kept('late')]);
  expect(commits()).toBe(before + 1); // the senders look again
  expect([store.view('a').waiting(), store.view('late').waiting()]).toEqual([2, 0]);
  store.append(samplesOf([3]));
  clock.advance(100);
  expect(store.view('a').peek(5000)?.samples).toEqual(samplesOf([1, 2, 3]));
  expect(store.view('late').peek(5000)?.samples).toEqual(samplesOf([3]));
  close();
});

test('a sink that is removed and added again while the agent runs finds all that it lacks, in order', () => {
  const dir = tempDir();
  const { store, clock, close } = openIn(dir, { sinks: ['a', 'b'] });
  store.append(samplesOf([1]));
  clock.advance(100);
  store.setSinks([kept('a')]);
  expect([store.view('b').waiting(), store.view('b').peek(5000), store.view('b').oldestAtS()]).toEqual([0, null, null]);
  store.append(samplesOf([2]));
  clock.advance(100);
  const batch = store.view('a').peek(5000);
  if (batch) store.view('a').accept(batch);
  expect(store.view('a').waiting()).toBe(0);
  store.setSinks([kept('a'), kept('b')]);
  expect([store.view('a').waiting(), store.view('b').waiting()]).toEqual([0, 2]);
  expect(store.view('b').peek(5000)?.samples).toEqual(samplesOf([1, 2]));
  close();
});

test('changed positions are those that the next life of the agent finds', () => {
  const dir = tempDir();
  const first = openIn(dir, { sinks: ['a'] });
  first.store.append(samplesOf([1]));
  first.clock.advance(100);
  first.store.setSinks([kept('a'), kept('b')]);
  first.store.append(samplesOf([2]));
  first.clock.advance(100);
  first.close();
  const second = openIn(dir, { sinks: ['a', 'b'] });
  expect([second.store.view('a').waiting(), second.store.view('b').waiting()]).toEqual([2, 1]);
  second.close();
});

test('a new sink has no position until a commit succeeds, and gets one with that commit', () => {
  let isFull = false;
  const { store, clock, close } = openIn(tempDir(), {
    sinks: ['a'],
    through: (db) => ({
      ...db,
      transaction(work) {
        if (isFull) throw new Error('database or disk is full');
        db.transaction(work);
      },
    }),
  });
  isFull = true;
  store.setSinks([kept('a'), kept('b')]);
  store.append(samplesOf([1]));
  clock.advance(1100);
  expect([store.view('a').peek(5000)?.samples, store.view('b').peek(5000)]).toEqual([samplesOf([1]), null]);
  isFull = false;
  clock.advance(1100);
  store.append(samplesOf([2]));
  clock.advance(100);
  expect(store.view('a').waiting()).toBe(2);
  expect(valuesFor(store, 'b').at(-1)).toBe(2);
  close();
});

test('without any sink nothing piles up', () => {
  const { store, clock, db, close } = openIn(tempDir(), { sinks: [] });
  for (const n of [1, 2, 3]) {
    store.append(samplesOf([n]));
    clock.advance(100);
  }
  expect(Number(db().prepare('SELECT COUNT(*) AS blocks FROM blocks').all()[0]?.['blocks'])).toBeLessThanOrEqual(1);
  close();
});
