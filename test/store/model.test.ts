import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import type { Batch } from '../../src/model/sink.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { finish, inspect, openIn, samplesOf, type TestStore, valuesFor } from './set-up.ts';

const sinks = ['a', 'b'] as const;
const plugins = ['p', 'q', 'r'] as const;
type Sink = (typeof sinks)[number];
type Last = { readonly endedAt: number; readonly status: number; readonly stdout: string };

const count = fc.oneof(
  { weight: 20, arbitrary: fc.nat(4) },
  { weight: 1, arbitrary: fc.constantFrom(4999, 5000, 5001, 12_000) },
);
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), count }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('finished' as const),
      file: fc.constantFrom(...plugins),
      count,
      status: fc.nat(255),
      stdout: fc.string({ maxLength: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 49, 50) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('peek' as const),
      sink: fc.constantFrom(...sinks),
      most: fc.constantFrom(5000, 5003, 20_000),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('accept' as const), sink: fc.constantFrom(...sinks) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

/** Makes the promises of the store with arrays. */
function createModel() {
  let next = 0;
  let pending: number[] = [];
  let delayMs: number | null = null;
  const committed: number[] = [];
  const positions: Record<Sink, number> = { a: 0, b: 0 };
  let runs = new Map<string, Last>();
  let committedRuns = new Map<string, Last>();
  function commit() {
    committed.push(...pending);
    pending = [];
    delayMs = null;
    committedRuns = new Map(runs);
  }
  return {
    committed,
    positions,
    last: (file: string) => runs.get(file) ?? null,
    take(length: number): number[] {
      const values = Array.from({ length }, () => next++);
      pending.push(...values);
      delayMs ??= 50;
      return values;
    },
    ran: (file: string, last: Last) => void runs.set(file, last),
    commit,
    /** Returns whether a commit was due. */
    pass(ms: number): boolean {
      delayMs = delayMs === null ? null : delayMs - ms;
      const isDue = delayMs !== null && delayMs <= 0;
      if (isDue) commit();
      return isDue;
    },
    lose() {
      pending = [];
      delayMs = null;
      runs = new Map(committedRuns);
    },
  };
}

function play(actions: readonly Action[], dir: string) {
  const model = createModel();
  let at: TestStore = openIn(dir);
  let peeked: Partial<Record<Sink, Batch>> = {};
  let time = 0;

  function check() {
    for (const sink of sinks)
      expect(at.store.view(sink).waiting()).toBe(model.committed.length - model.positions[sink]);
    for (const file of plugins) {
      const last = model.last(file);
      const kept = at.store.lastRun(pluginFile(file));
      expect(kept && [kept.endedAtS, kept.status]).toEqual(last && [last.endedAt, last.status]);
      const path = at.store.stdinPath(pluginFile(file));
      expect(path === null ? '' : readFileSync(path, 'utf8')).toBe(last?.stdout ?? '');
    }
  }

  for (const step of actions) {
    time += 1;
    if (step.kind === 'append') at.store.append(samplesOf(model.take(step.count)));
    else if (step.kind === 'finished') {
      const { file, status, stdout } = step;
      model.ran(file, { endedAt: time, status, stdout });
      finish(at.store, file, { status, stdout, values: model.take(step.count), endedAt: time });
    } else if (step.kind === 'advance') {
      at.clock.advance(step.ms);
      const parts = model.pass(step.ms) ? 100 : 0; // the parts of a large commit
      for (let part = 0; part < parts; part += 1) at.clock.advance(1);
    } else if (step.kind === 'flush') {
      at.store.flush();
      model.commit();
    } else if (step.kind === 'peek') {
      const batch = at.store.view(step.sink).peek(step.most);
      const position = model.positions[step.sink];
      const values = (batch?.samples ?? []).map(({ value }) => value);
      expect(values).toEqual(model.committed.slice(position, position + values.length));
      expect(values.length > 0).toBe(model.committed.length > position);
      expect(values.length).toBeLessThanOrEqual(step.most);
      expect(batch?.hasMore ?? false).toBe(position + values.length < model.committed.length);
      peeked = { ...peeked, ...(batch && { [step.sink]: batch }) };
    } else if (step.kind === 'accept') {
      const batch = peeked[step.sink];
      if (!batch) continue;
      at.store.view(step.sink).accept(batch);
      model.positions[step.sink] += batch.samples.length;
      delete peeked[step.sink];
    } else {
      if (step.kind === 'reopen') {
        at.close();
        model.commit();
      } else {
        at.crash();
        model.lose();
      }
      peeked = {};
      at = openIn(dir);
      expect(at.events.all).toEqual([]);
    }
    check();
  }
  for (const sink of sinks)
    expect(valuesFor(at.store, sink)).toEqual(model.committed.slice(model.positions[sink]).slice(0, 1e9));
  at.close();
  expect(at.events.all).toEqual([]);
  expect(inspect(dir)).toEqual({ integrity: 'ok', withoutFile: [], withoutRow: [] });
}

for (const seed of [1, 2, 3, 4]) {
  test(`after any actions, no sample is lost, doubled, out of order, or given before its commit (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 100, maxLength: 300, size: 'max' }), (actions) => {
        play(actions, tempDir());
      }),
      { seed, numRuns: 5, endOnFailure: true },
    );
  });
}
