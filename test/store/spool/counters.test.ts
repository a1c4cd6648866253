import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import type { DeliveredSample } from '../../../src/model/sink.ts';
import { SinkCounters, withIncreases } from '../../../src/store/spool/counters.ts';
import type { Store } from '../../../src/store/store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { turn } from '../../helpers/turns.ts';
import { openIn, type TestStore } from '../set-up.ts';

const startS = 1_700_000_000;

/** A sample of a counter, `atS` seconds after the start. */
function count(value: number, atS: number, name = 'h.p.hits'): Sample {
  const series = { family: null, labels: [], kind: 'counter', unit: '' } as const;
  return { metric: metricName(name), value, atS: unixSeconds(startS + atS), series };
}

const increasesIn = (samples: readonly DeliveredSample[] = []) => samples.map(({ increase }) => increase);

function append(at: TestStore, ...samples: readonly Sample[]): void {
  at.store.append(samples);
  at.store.flush();
}

/** What a sink gets now, batch after batch; it accepts all of it. */
function taken(store: Store, sink = 'a'): (number | null | undefined)[] {
  const view = store.view(sink);
  const batch = view.peek(5000, 'increases');
  if (batch === null) return [];
  view.accept(batch);
  return [...increasesIn(batch.samples), ...taken(store, sink)];
}

test('a counter that was never seen gives nothing, then its increases; one that went down counts from 0', () => {
  const values = [5, 7, 7, 3, 3.5, -2, -1];
  const { samples } = withIncreases(
    values.map((value, index) => count(value, index)),
    new Map(),
  );
  expect(increasesIn(samples)).toEqual([null, 2, 0, 3, 0.5, 0, 1]);
  expect(samples.map(({ value }) => value)).toEqual(values);
});

test('a sample that is not a counter stays as it is', () => {
  const native: Sample = { metric: metricName('h.p.m'), value: 1, atS: unixSeconds(startS) };
  const gauge: Sample = { ...count(1, 0), series: { family: null, labels: [], kind: 'gauge', unit: '' } };
  expect(withIncreases([native, gauge], new Map()).samples).toStrictEqual([native, gauge]);
});

test('a value that is not later than the one before gives nothing, and the next one makes up for it', () => {
  const { samples } = withIncreases([count(10, 60), count(4, 0), count(12, 60), count(15, 90)], new Map());
  expect(increasesIn(samples)).toEqual([null, null, null, 5]);
});

test('after the clock was set back by a day or more, counters go on', () => {
  const { samples } = withIncreases([count(10, 90_000), count(14, 10), count(15, 20)], new Map());
  expect(increasesIn(samples)).toEqual([null, 4, 1]);
});

test('an increase is finite, whatever the values are', () => {
  const { samples } = withIncreases([count(-1.7e308, 0), count(1.7e308, 1)], new Map());
  expect(increasesIn(samples)).toEqual([null, Number.MAX_VALUE]);
});

test('each name has its own increases', () => {
  const { samples } = withIncreases(
    [count(1, 0, 'h.p.a'), count(10, 0, 'h.p.b'), count(2, 1, 'h.p.a'), count(30, 1, 'h.p.b')],
    new Map(),
  );
  expect(increasesIn(samples)).toEqual([null, null, 1, 20]);
});

test('only so many counters are remembered: those unseen for a day make room, others are sent as they are', () => {
  const counters = new SinkCounters([], 2);
  const name = (index: number) => `h.p.c${index}`;
  const sent = (...samples: readonly Sample[]) => {
    const counted = counters.count('a', samples);
    counters.settle('a', counted.after);
    return increasesIn(counted.samples);
  };
  expect(sent(count(1, 0, name(1)), count(1, 0, name(2)), count(1, 0, name(3)))).toEqual([null, null, undefined]);
  expect(sent(count(2, 90_000, name(2)), count(2, 90_000, name(3)))).toEqual([1, null]);
  expect(sent(count(3, 90_001, name(2)), count(3, 90_001, name(3)))).toEqual([1, 1]);
  expect(sent(count(3, 90_001, name(1)))).toEqual([undefined]);
  const written: string[] = [];
  counters.write({
    clearCounters: () => written.push('cleared'),
    keepCounter: (_sink, metric, { value }) => written.push(`${metric} ${value}`),
    removeCounter: (_sink, metric) => written.push(`${metric} removed`),
  });
  expect(written).toEqual([`${name(1)} removed`, `${name(2)} 3`, `${name(3)} 3`]);
});

test('a counter that is seen no more does not keep in memory what it was read from', () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const counters = new SinkCounters([]);
  const heldBytes = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heldBytes();
  for (let block = 0; block < 50; block += 1) {
    const name = `host.plugin.counter_of_a_short_life_${block}`;
    for (const atS of [0, 1]) {
      const text = Buffer.from(name.padEnd(512 * 1024), 'latin1').toString('latin1');
      counters.settle('a', counters.count('a', [count(1, atS, text.slice(0, name.length))]).after);
    }
    counters.written();
  }
  expect(heldBytes() - before).toBeLessThan(5 * 1024 * 1024); // of 50 MiB
  expect(increasesIn(counters.count('a', [count(4, 2, 'host.plugin.counter_of_a_short_life_0')]).samples)).toEqual([3]);
});

test('another file gets the counters in parts, each with its last value', () => {
  const counters = new SinkCounters([]);
  const all = Array.from({ length: 2500 }, (_, index) => count(index, 0, `h.p.c${index}`));
  const rows = new Map<string, number>();
  const file = {
    clearCounters: () => rows.clear(),
    keepCounter: (_sink: string, metric: string, { value }: { readonly value: number }) => rows.set(metric, value),
    removeCounter: (_sink: string, metric: string) => rows.delete(metric),
  };
  counters.settle('a', counters.count('a', all).after);
  counters.written();
  counters.rewrite();
  const sizes: number[] = [];
  for (; counters.isDirty(); counters.written()) {
    counters.write(file);
    counters.write(file); // the first one was rolled back
    sizes.push(rows.size);
    if (sizes.length === 1) counters.settle('a', counters.count('a', [count(7777, 1, 'h.p.c2400')]).after);
  }
  expect(sizes).toEqual([1000, 2000, 2500]);
  expect([rows.get('h.p.c2400'), rows.get('h.p.c2499')]).toEqual([7777, 2499]);
  counters.rewrite();
  counters.forget('a');
  counters.write(file);
  expect(rows.size).toBe(0);
});

test('a batch that comes back has the same increases, and a sink without increases gets the values', () => {
  const at = openIn(tempDir());
  append(at, count(5, 0), count(8, 30));
  const view = at.store.view('a');
  expect(increasesIn(view.peek(5000, 'increases')?.samples)).toEqual([null, 3]);
  append(at, count(9, 60));
  expect(increasesIn(view.peek(5000, 'increases')?.samples)).toEqual([null, 3, 1]);
  expect(at.store.view('b').peek(5000)?.samples).toEqual([count(5, 0), count(8, 30), count(9, 60)]);
  at.close();
});

test('after the sink got values, the increases begin again', () => {
  const at = openIn(tempDir());
  append(at, count(5, 0), count(8, 30));
  expect(taken(at.store)).toEqual([null, 3]);
  append(at, count(10, 60));
  const values = at.store.view('a').peek(5000);
  if (values) at.store.view('a').accept(values);
  append(at, count(11, 90), count(13, 120));
  expect(taken(at.store)).toEqual([null, 2]);
  at.close();
});

test('samples that the bound of the spool drops are made up for by the next one', () => {
  const at = openIn(tempDir(), { maxSizeBytes: 200_000 });
  append(at, count(1, 0));
  expect(taken(at.store)).toEqual([null]);
  append(at, ...Array.from({ length: 20_000 }, (_, index) => count(index + 2, index + 1)));
  append(at, count(30_000, 30_000));
  const increases = taken(at.store);
  expect(increases.length).toBeLessThan(10_000);
  expect(increases.reduce<number>((sum, increase) => sum + (increase ?? 0), 0)).toBe(29_999);
  at.close();
});

test('whenever the agent is killed, the accepted increases add up to the last value less the first', () => {
  const steps = fc.array(fc.constantFrom('sample', 'batch', 'kill', 'stop', 'fill', 'free'), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (all) => {
      const dir = tempDir();
      const disk = { isFull: false };
      const open = () =>
        openIn(dir, {
          through: (db) => ({
            ...db,
            transaction(work) {
              if (disk.isFull) throw new Error('database or disk is full');
              db.transaction(work);
            },
          }),
        });
      let at = open();
      let [first, last, sum, atS] = [null as number | null, 0, 0, 0];
      const deliver = () => {
        for (const increase of taken(at.store)) sum += increase ?? 0;
      };
      for (const step of all) {
        if (step === 'sample') {
          last += atS % 7;
          first ??= last;
          atS += 1;
          append(at, count(last, atS));
        } else if (step === 'batch') deliver();
        else if (step === 'fill') disk.isFull = true;
        else if (step === 'free') disk.isFull = false;
        else if (!disk.isFull) {
          at.store.flush();
          if (step === 'kill') at.crash();
          else at.close();
          at = open();
        }
        at.clock.advance(1100);
      }
      disk.isFull = false;
      at.clock.advance(1100);
      deliver();
      expect(sum).toBe(last - (first ?? 0));
      at.close();
    }),
    { numRuns: 30 },
  );
});

test('the former values go with the position: to a new place of the database, and away when that is given up', async () => {
  const dir = join(tempDir(), 'state');
  const at = openIn(dir, { sinks: ['brief'] });
  append(at, count(5, 0), count(8, 30));
  expect(taken(at.store, 'brief')).toEqual([null, 3]);
  append(at, ...Array.from({ length: 2400 }, (_, index) => count(index, 0, `h.p.c${index}`)));
  expect(taken(at.store, 'brief')).toHaveLength(2400);
  rmSync(dir, { recursive: true });
  expect(at.state.remake()).toBeNull();
  const move = at.store.move();
  while (at.events.of('store.moved').length === 0) {
    at.clock.advance(1);
    await turn();
  }
  await move;
  at.close();
  const second = openIn(dir, { sinks: ['brief'] });
  append(second, count(9, 60), count(2402, 1, 'h.p.c2399'));
  expect(taken(second.store, 'brief')).toEqual([1, 3]);
  second.close();
  const without = openIn(dir, { sinks: ['a'] });
  append(without, count(20, 90));
  expect(without.db().prepare('SELECT * FROM counters').all()).toEqual([]);
  without.store.setSinks([{ name: 'brief', keptForS: 0 }]);
  append(without, count(21, 120));
  expect(taken(without.store, 'brief')).toEqual([null]);
  without.close();
});

test('a database that is damaged between two lives gives back the former values that can be read', () => {
  const dir = tempDir();
  const first = openIn(dir, { sinks: ['a'] });
  append(first, count(5, 0), count(8, 30));
  expect(taken(first.store)).toEqual([null, 3]);
  append(first, count(9, 60));
  first.db().exec('PRAGMA wal_checkpoint(TRUNCATE)');
  first.close();
  const path = join(dir, 'instrument_server.db');
  const bytes = readFileSync(path);
  bytes.fill(0xff, 0, 100);
  writeFileSync(path, bytes);
  const second = openIn(dir, { sinks: ['a'] });
  expect(second.events.of('store.salvaged')).toMatchObject([{ samples: 1 }]);
  expect(second.store.recorded()).toEqual([]);
  expect(taken(second.store)).toEqual([1]);
  second.close();
});

test('a database that is damaged while the agent runs costs no increase', () => {
  const dir = tempDir();
  let isDamaged = false;
  const at = openIn(dir, {
    sinks: ['a'],
    through: (db) => ({
      ...db,
      transaction(work) {
        if (isDamaged) throw Object.assign(new Error('database disk image is malformed'), { errcode: 11 });
        db.transaction(work);
      },
    }),
  });
  append(at, count(5, 0), count(8, 30));
  expect(taken(at.store)).toEqual([null, 3]);
  isDamaged = true;
  append(at, count(9, 60));
  isDamaged = false;
  for (let time = 0; time < 2000 && at.events.of('store.set-aside').length === 0; time += 1) at.clock.advance(1);
  at.clock.advance(5000);
  expect(taken(at.store)).toEqual([1]);
  at.crash();
  const again = openIn(dir, { sinks: ['a'] });
  append(again, count(11, 90));
  expect(taken(again.store)).toEqual([2]);
  again.close();
});
