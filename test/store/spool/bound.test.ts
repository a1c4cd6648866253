import { expect, test } from 'vitest';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { openIn, type TestStore, valuesFor } from '../set-up.ts';

const maxSizeBytes = 5000;

/**
 * Returns ten samples from second `from` on whose values are their seconds: a block of 1,000
 * bytes.
 */
function block(from: number): Sample[] {
  const metric = metricName(`h.${'p'.repeat(87)}`);
  return Array.from({ length: 10 }, (_, index) => ({ metric, value: from + index, atS: unixSeconds(from + index) }));
}

function commit({ store }: TestStore, ...from: readonly number[]): void {
  for (const start of from) {
    store.append(block(start));
    store.flush();
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const overflows = ({ events }: TestStore) => events.all.filter(({ event }) => event === 'spool.overflowed');

test("beyond the bound the oldest are dropped, and each sink's loss is logged with its number and times", () => {
  const at = openIn(tempDir(), { maxSizeBytes });
  commit(at, 1000, 1010, 1020, 1030, 1040);
  expect(at.events.all).toEqual([]);
  commit(at, 1050);
  const loss = { bound: 'max_size', samples: 10, oldestAtS: 1000, newestAtS: 1009, repeat: 1, elapsedMs: 0 };
  expect(at.events.all).toEqual([
    { event: 'spool.overflowed', sink: 'a', ...loss },
    { event: 'spool.overflowed', sink: 'b', ...loss },
  ]);
  const view = at.store.view('a');
  expect([valuesFor(at.store, 'a'), view.waiting(), view.lost(), view.oldestAtS()]).toEqual([
    range(1010, 1060),
    50,
    10,
    1010,
  ]);
  at.close();
});

test('a continued loss is logged with its sum, its count and since when; its end when the sink has caught up', () => {
  const at = openIn(tempDir(), { maxSizeBytes, sinks: ['a'] });
  commit(at, ...range(0, 5).map((index) => 1000 + index * 10));
  commit(at, 1050);
  at.clock.advance(60_000);
  commit(at, 1060, 1070);
  expect(overflows(at).map((event) => 'samples' in event && event.samples)).toEqual([10, 20, 30]);
  expect(overflows(at).at(-1)).toMatchObject({ oldestAtS: 1000, newestAtS: 1029, repeat: 3, elapsedMs: 60_000 });
  const view = at.store.view('a');
  const batch = view.peek(5000);
  if (batch) view.accept(batch);
  expect(at.events.all.at(-1)).toEqual({ event: 'spool.relieved', sink: 'a', samples: 30, elapsedMs: 60_000 });
  commit(at, ...range(0, 6).map((index) => 2000 + index * 10));
  expect(at.events.all.at(-1)).toMatchObject({ event: 'spool.overflowed', samples: 10, repeat: 1, oldestAtS: 2000 });
  expect(view.lost()).toBe(40);
  at.close();
});

test('a sink that has passed the dropped blocks has lost nothing', () => {
  const at = openIn(tempDir(), { maxSizeBytes });
  commit(at, 1000, 1010);
  const view = at.store.view('a');
  const batch = view.peek(5000);
  if (batch) view.accept(batch);
  commit(at, 1020, 1030, 1040, 1050, 1060);
  expect(overflows(at)).toMatchObject([
    { sink: 'b', samples: 10 },
    { sink: 'b', samples: 20 },
  ]);
  expect([view.waiting(), view.lost(), at.store.view('b').waiting(), at.store.view('b').lost()]).toEqual([
    50, 0, 50, 20,
  ]);
  at.close();
});

test('a batch in delivery is not dropped: no sample is both delivered and counted as lost', () => {
  const at = openIn(tempDir(), { maxSizeBytes, sinks: ['a'] });
  commit(at, 1000, 1010);
  const view = at.store.view('a');
  const batch = view.peek(5000);
  commit(at, 1020, 1030, 1040, 1050, 1060);
  expect(view.peek(20)).toEqual({ ...batch, hasMore: true });
  if (batch) view.accept(batch);
  expect([valuesFor(at.store, 'a'), view.lost()]).toEqual([range(1040, 1070), 20]);
  at.close();
});

test('losses are counted over a kill, also for sinks that the agent runs without', () => {
  const dir = tempDir();
  openIn(dir, { sinks: ['a', 'absent'] }).close();
  const first = openIn(dir, { maxSizeBytes, sinks: ['a'] });
  commit(first, 1000, 1010, 1020, 1030, 1040, 1050, 1060);
  first.crash();
  const again = openIn(dir, { maxSizeBytes, sinks: ['a', 'absent', 'new'] });
  const lost = ['a', 'absent', 'new'].map((sink) => [again.store.view(sink).lost(), again.store.view(sink).waiting()]);
  expect(lost).toEqual([
    [20, 50],
    [20, 50],
    [0, 0],
  ]);
  again.close();
});

test('a smaller bound than before applies at the first commit', () => {
  const dir = tempDir();
  const first = openIn(dir, { sinks: ['a'] });
  commit(first, ...range(0, 8).map((index) => 1000 + index * 10));
  first.close();
  const again = openIn(dir, { maxSizeBytes, sinks: ['a'] });
  expect(again.store.view('a').waiting()).toBe(80);
  commit(again, 2000);
  expect(valuesFor(again.store, 'a')).toEqual([...range(1040, 1080), ...range(2000, 2010)]);
  again.close();
});

test('of a commit that is larger than the bound, the end stays as far as it fits', () => {
  const at = openIn(tempDir(), { maxSizeBytes: 300_000, sinks: ['a'] });
  const metric = metricName('h.p.m');
  const samples = range(0, 20_000).map((value) => ({ metric, value, atS: unixSeconds(1_700_000_000) }));
  at.store.append(samples);
  at.store.flush();
  const view = at.store.view('a');
  expect([view.waiting(), view.lost()]).toEqual([12_500, 7500]);
  expect(view.peek(5000)?.samples[0]?.value).toBe(7500);
  at.close();
});

test('a bound that was lowered by much is reached step by step, so that nothing else waits', () => {
  const dir = tempDir();
  const first = openIn(dir, { sinks: ['a'] });
  for (let index = 0; index < 1000; index += 1) commit(first, 1000 + index * 10);
  first.close();
  const again = openIn(dir, { maxSizeBytes, sinks: ['a'] });
  const view = again.store.view('a');
  commit(again, 99_000);
  expect(view.lost()).toBe(2000);
  again.clock.advance(50);
  expect(view.lost()).toBe(4000);
  again.clock.advance(1000);
  expect([view.waiting(), view.lost(), again.clock.pending()]).toEqual([40, 9970, 0]);
  again.close();
});
