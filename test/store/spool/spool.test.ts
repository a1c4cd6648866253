import { expect, test } from 'vitest';
import { pluginFile } from '../../../src/model/plugin.ts';
import { unixSeconds } from '../../../src/model/sample.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { openIn, samplesOf, type TestStore, valuesFor } from '../set-up.ts';

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

function commit({ store }: TestStore, values: readonly number[]): void {
  store.append(samplesOf(values));
  store.flush();
}

function blocks({ db }: TestStore): number {
  return Number(db().prepare('SELECT COUNT(*) AS n FROM blocks').all()[0]?.['n']);
}

function acceptAll({ store }: TestStore, sink: string): void {
  const view = store.view(sink);
  for (let batch = view.peek(5000); batch; batch = view.peek(5000)) view.accept(batch);
}

test('a sink gets samples only after their commit, which is made 50 ms after the first of them', () => {
  const at = openIn(tempDir());
  at.store.append(samplesOf([1]));
  at.clock.advance(49);
  at.store.append(samplesOf([2]));
  expect([valuesFor(at.store, 'a'), at.commits()]).toEqual([[], 0]);
  at.clock.advance(1);
  expect([valuesFor(at.store, 'a'), at.commits()]).toEqual([[1, 2], 1]);
  expect(at.clock.pending()).toBe(0);
  at.close();
});

test('a commit without samples is not reported to the sinks, and without anything to write there is no commit', () => {
  const at = openIn(tempDir());
  at.store.append([]);
  at.store.flush();
  at.store.flush();
  expect(at.commits()).toBe(0);
  at.close();
});

test('a batch is made of whole commits, as many as fit, and of one block at least', () => {
  const at = openIn(tempDir());
  for (const count of [3000, 1500, 501, 12_000]) commit(at, numbers(count));
  const view = at.store.view('a');
  const sizes = [];
  for (let batch = view.peek(5000); batch; batch = view.peek(5000)) {
    sizes.push([batch.samples.length, batch.hasMore]);
    view.accept(batch);
  }
  expect(sizes).toEqual([
    [4500, true],
    [3001, true],
    [5000, true],
    [4500, false],
  ]);
  at.close();
});

test('a batch is made of a thousand commits at most, and others wait behind it', () => {
  const dir = tempDir();
  const at = openIn(dir);
  for (const value of numbers(1003)) {
    at.db().prepare('INSERT INTO blocks (samples, bytes, lines) VALUES (1, 9, ?)').run(`h.p.m ${value} 7\n`);
  }
  at.close();
  const again = openIn(dir);
  const batch = again.store.view('a').peek(5000);
  expect([batch?.samples.length, batch?.hasMore, again.store.view('a').waiting()]).toEqual([1000, true, 1003]);
  again.close();
});

test('a sink gets the same batch again until it accepts it, whatever is committed meanwhile', () => {
  const at = openIn(tempDir());
  commit(at, [1, 2]);
  const view = at.store.view('a');
  const batch = view.peek(2);
  commit(at, numbers(4999, 10));
  expect(view.peek(2)?.samples).toEqual(batch?.samples);
  at.close();
});

test('each sink continues at its own position; blocks that both have passed are deleted', () => {
  const dir = tempDir();
  const at = openIn(dir);
  commit(at, [1, 2]);
  acceptAll(at, 'a');
  commit(at, [3]);
  expect([valuesFor(at.store, 'a'), valuesFor(at.store, 'b'), blocks(at)]).toEqual([[3], [1, 2, 3], 2]);
  acceptAll(at, 'b');
  expect([at.store.view('a').waiting(), at.store.view('b').waiting(), blocks(at)]).toEqual([1, 0, 1]);
  at.crash();
  const again = openIn(dir);
  expect([valuesFor(again.store, 'a'), valuesFor(again.store, 'b')]).toEqual([[3], []]);
  acceptAll(again, 'a');
  expect(blocks(again)).toBe(0);
  commit(again, [4]);
  expect([valuesFor(again.store, 'a'), valuesFor(again.store, 'b')]).toEqual([[4], [4]]);
  again.close();
});

test('a new sink begins with new samples; what an absent sink lacks is kept while the agent runs without it', () => {
  const dir = tempDir();
  const first = openIn(dir, { sinks: ['a', 'away'] });
  commit(first, [1]);
  acceptAll(first, 'a');
  commit(first, [2]);
  first.close();
  const second = openIn(dir, { sinks: ['a', 'new'] });
  expect([valuesFor(second.store, 'a'), valuesFor(second.store, 'new')]).toEqual([[2], []]);
  acceptAll(second, 'a');
  commit(second, [3]);
  acceptAll(second, 'a');
  acceptAll(second, 'new');
  second.close();
  const third = openIn(dir, { sinks: ['away'] });
  expect([valuesFor(third.store, 'away'), third.store.view('away').waiting()]).toEqual([[1, 2, 3], 3]);
  acceptAll(third, 'away');
  third.close();
});

test('a sink that was absent for too long, or that is kept for no time at all, holds nothing back', () => {
  const dir = tempDir();
  const first = openIn(dir, { sinks: ['a', 'brief', 'away'] });
  commit(first, [1]);
  first.close();
  const weekMs = 7 * 24 * 3600 * 1000;
  const startMs = 1_700_000_000_000 + 10 * weekMs; // the first life was long: that must not count as absence
  const second = openIn(dir, { sinks: ['a'], startMs });
  acceptAll(second, 'a');
  expect(blocks(second)).toBe(1);
  second.clock.advance(weekMs - 1000);
  commit(second, [2]);
  acceptAll(second, 'a');
  expect([blocks(second), second.events.all]).toEqual([2, []]);
  second.clock.advance(1000);
  commit(second, [3]);
  expect(second.events.all).toEqual([{ event: 'spool.forgotten', sink: 'away', samples: 2, elapsedMs: weekMs }]);
  acceptAll(second, 'a');
  expect(blocks(second)).toBe(0);
  second.close();
});

test('a sink that comes back in time finds everything, and its time starts again when it is removed again', () => {
  const dir = tempDir();
  const first = openIn(dir, { sinks: ['a', 'away'] });
  commit(first, [1]);
  first.close();
  let startMs = 1_700_000_000_000;
  for (let time = 0; time < 3; time += 1) {
    startMs += 6 * 24 * 3600 * 1000;
    const without = openIn(dir, { sinks: ['a'], startMs });
    commit(without, [2]);
    without.close();
    startMs += 6 * 24 * 3600 * 1000;
    openIn(dir, { sinks: ['a', 'away'], startMs }).close();
  }
  const last = openIn(dir, { sinks: ['away'], startMs });
  expect(valuesFor(last.store, 'away')).toEqual([1, 2, 2, 2]);
  last.close();
});

test('many bytes of outputs in memory do not wait: they are committed at once', () => {
  const at = openIn(tempDir());
  const large = Buffer.alloc(1024 * 1024, 120);
  for (let time = 0; time < 5; time += 1) {
    at.store.finished({ file: filesOf(time), completed: completed(large), samples: samplesOf([time]) });
  }
  expect(valuesFor(at.store, 'a')).toEqual([0, 1, 2, 3, 4]);
  at.close();
});

test('after the close nothing is taken any more, and nothing throws', () => {
  const dir = tempDir();
  const at = openIn(dir);
  commit(at, [1]);
  at.store.append(samplesOf([2]));
  at.close();
  at.store.append(samplesOf([3]));
  at.store.finished({ file: filesOf(1), completed: completed(Buffer.from('x')), samples: samplesOf([4]) });
  at.store.flush();
  at.clock.advance(10_000);
  const again = openIn(dir);
  expect(valuesFor(again.store, 'a')).toEqual([1, 2]);
  expect(again.store.lastRun(filesOf(1))).toBeNull();
  again.close();
});

function filesOf(number: number) {
  return pluginFile(`p${number}`);
}

function completed(stdout: Buffer) {
  return { endedAtS: unixSeconds(1), status: 0, stdout: { kind: 'bytes' as const, bytes: stdout } };
}
