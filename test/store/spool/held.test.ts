import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/io/disk/database.ts';
import { pluginFile } from '../../../src/model/plugin.ts';
import { metricName, unixSeconds } from '../../../src/model/sample.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { finish, openIn, samplesOf, type TestStore, valuesFor } from '../set-up.ts';

/** Makes commits fail until the function that it returns is called. */
function block(dir: string): () => void {
  const other = openDatabase(join(dir, 'instrument_server.db'));
  other.exec('BEGIN EXCLUSIVE');
  return () => other.close();
}

function acceptNext({ store }: TestStore, sink: string): readonly number[] {
  const view = store.view(sink);
  const batch = view.peek(5000);
  if (batch) view.accept(batch);
  return (batch?.samples ?? []).map(({ value }) => value);
}

test('while nothing can be committed, the sinks get what is on disk, then what is in memory, in order', () => {
  const dir = tempDir();
  const at = openIn(dir);
  at.store.append(samplesOf([1, 2]));
  at.store.flush();
  const unblock = block(dir);
  at.store.append(samplesOf([3]));
  at.clock.advance(50);
  finish(at.store, 'p', { values: [4, 5] });
  at.clock.advance(1000);
  expect([acceptNext(at, 'a'), acceptNext(at, 'a'), acceptNext(at, 'a')]).toEqual([[1, 2], [3, 4, 5], []]);
  expect([at.store.view('a').waiting(), at.store.view('b').waiting()]).toEqual([0, 5]);
  unblock();
  at.clock.advance(1000);
  at.store.append(samplesOf([6]));
  at.store.flush();
  at.crash();
  const again = openIn(dir);
  expect([valuesFor(again.store, 'a'), valuesFor(again.store, 'b')]).toEqual([[6], [1, 2, 3, 4, 5, 6]]);
  again.close();
});

test('a healthy sink loses nothing to a disk that stays full, however much is sampled', () => {
  const dir = tempDir();
  const at = openIn(dir, { sinks: ['a'] });
  const unblock = block(dir);
  const metric = metricName(`h.${'p'.repeat(980)}`);
  let delivered = 0;
  for (let minute = 0; minute < 10; minute += 1) {
    at.store.append(Array.from({ length: 5000 }, (_, value) => ({ metric, value, atS: unixSeconds(60 * minute) })));
    at.clock.advance(60_000);
    delivered += acceptNext(at, 'a').length;
  }
  expect([delivered, at.store.view('a').lost()]).toEqual([50_000, 0]);
  unblock();
  at.clock.advance(1000);
  expect(at.db().prepare('SELECT COUNT(*) AS n FROM blocks').all()[0]?.['n']).toBe(0); // no sink needs it any more
  at.close();
});

test('memory is bounded: the oldest are dropped, counted and logged, and the count is written later', () => {
  const dir = tempDir();
  const at = openIn(dir, { sinks: ['a'] });
  const unblock = block(dir);
  const metric = metricName(`h.${'p'.repeat(985)}`);
  for (let tick = 0; tick < 20; tick += 1) {
    at.store.append(Array.from({ length: 1000 }, (_, value) => ({ metric, value, atS: unixSeconds(1000 + tick) })));
    at.clock.advance(1000);
  }
  const overflows = at.events.all.filter(({ event }) => event === 'spool.overflowed');
  const view = at.store.view('a');
  expect(overflows.at(-1)).toMatchObject({
    bound: 'memory',
    samples: view.lost(),
    oldestAtS: 1000,
    newestAtS: 1000 + view.lost() / 1000 - 1,
  });
  expect(view.lost() + view.waiting()).toBe(20_000);
  expect(view.waiting()).toBe(16_000); // of about 1,000 bytes each
  unblock();
  at.clock.advance(1000);
  const { lost, waiting } = { lost: view.lost(), waiting: view.waiting() };
  at.crash();
  const again = openIn(dir, { sinks: ['a'] });
  expect([again.store.view('a').lost(), again.store.view('a').waiting()]).toEqual([lost, waiting]);
  again.close();
});

test('outputs of many runs do not pile up while nothing can be committed', () => {
  const dir = tempDir();
  const at = openIn(dir);
  finish(at.store, 'p', { stdout: 'first', endedAt: 1 });
  at.store.flush();
  const unblock = block(dir);
  for (let endedAt = 2; endedAt < 30; endedAt += 1) {
    finish(at.store, 'p', { stdout: `run ${endedAt}`, endedAt, values: [endedAt] });
    at.clock.advance(1000);
  }
  expect(readdirSync(join(dir, 'outputs')).length).toBeLessThanOrEqual(2);
  at.crash();
  unblock();
  const again = openIn(dir);
  expect(again.store.lastRun(pluginFile('p'))?.endedAtS).toBe(1);
  expect(again.store.stdinPath(pluginFile('p'))).not.toBeNull();
  again.close();
});

test('what was delivered from memory is not lost when the agent ends', () => {
  const dir = tempDir();
  const at = openIn(dir, { sinks: ['a'] });
  const unblock = block(dir);
  at.store.append(samplesOf([1, 2]));
  at.clock.advance(50);
  expect(acceptNext(at, 'a')).toEqual([1, 2]);
  at.store.append(samplesOf([3]));
  at.store.close();
  expect(at.events.all.at(-1)).toEqual({ event: 'store.lost', samples: 1 });
  at.state.release();
  unblock();
});

/** Takes a run whose output is a file on disk, as large ones are, with a line for each value. */
function finishLarge({ store, state }: TestStore, file: string, values: readonly number[], endedAt = 1): string {
  const output = state.outputs.create();
  for (const value of values) output.append(Buffer.from(`${value}\n`));
  output.close();
  const { name } = output;
  const sizeBytes = state.outputs.sizeOf(name) ?? 0;
  function* samples() {
    let text = '';
    for (const chunk of state.outputs.chunks(name)) text += Buffer.from(chunk).toString();
    yield* samplesOf(text.trimEnd().split('\n').map(Number));
  }
  const stdout = { kind: 'file', name, sizeBytes } as const;
  store.finished({
    file: pluginFile(file),
    completed: { endedAtS: unixSeconds(endedAt), status: 0, stdout },
    samples: { [Symbol.iterator]: samples },
  });
  return name;
}

test('while nothing can be committed, the samples of a large output on disk reach the sinks, and no one gets them again', () => {
  const dir = tempDir();
  const at = openIn(dir, { sinks: ['a', 'b'] });
  const unblock = block(dir);
  finishLarge(at, 'p', [1, 2, 3], 1);
  at.clock.advance(1000);
  expect(acceptNext(at, 'a')).toEqual([1, 2, 3]);
  finishLarge(at, 'p', [4, 5], 2);
  at.clock.advance(3000);
  unblock();
  at.clock.advance(1000);
  expect([valuesFor(at.store, 'a'), valuesFor(at.store, 'b')]).toEqual([
    [4, 5],
    [1, 2, 3, 4, 5],
  ]);
  expect(readdirSync(join(dir, 'outputs'))).toHaveLength(1);
  at.close();
});

test('a large output for whose samples memory has no room stays on disk, until a sink has taken others', () => {
  const at = openIn(tempDir(), { sinks: ['a'] });
  const unblock = block(at.state.outputs.pathOf('..'));
  const metric = metricName(`h.p.${'m'.repeat(1100)}`);
  const wide = Array.from({ length: 5000 }, () => ({ metric, value: 7, atS: unixSeconds(1_700_000_000) }));
  for (let block = 0; block < 3; block += 1) {
    at.store.append(wide);
    at.clock.advance(1000);
  }
  const large = Array.from({ length: 10_000 }, (_, index) => index);
  finishLarge(at, 'p', large);
  at.clock.advance(1000);
  expect(at.store.view('a').waiting()).toBe(15_000);
  expect(acceptNext(at, 'a')).toHaveLength(5000);
  at.clock.advance(1000);
  expect(at.store.view('a').waiting()).toBe(20_000);
  for (let block = 0; block < 2; block += 1) acceptNext(at, 'a');
  unblock();
  at.clock.advance(1000);
  expect(valuesFor(at.store, 'a')).toEqual(large);
  expect(at.events.of('spool.overflowed')).toEqual([]);
  at.close();
});

test('an output that can not be read is tried a few times, then given up; nothing else waits for it', () => {
  const dir = tempDir();
  const at = openIn(dir, { sinks: ['a'] });
  const name = finishLarge(at, 'p', [1, 2, 3]);
  rmSync(join(dir, 'outputs', name));
  at.store.append(samplesOf([7]));
  at.clock.advance(50);
  expect(valuesFor(at.store, 'a')).toEqual([7]);
  expect(at.events.all).toEqual([]);
  at.clock.advance(20_000);
  expect(at.events.all).toMatchObject([
    { event: 'run.output-lost', plugin: 'p', detail: expect.stringContaining("can't be read: it is gone") },
  ]);
  expect(at.clock.pending()).toBe(0);
  at.close();
});
