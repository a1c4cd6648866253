import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sample } from '../../../src/model/sample.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { inspect, openIn } from '../set-up.ts';
import { aWeek, dayS, faultOf, sample, startS } from './model.ts';

const metrics = ['h.p.a', 'h.p.ab', 'h.p.b', 'h.q.a'] as const;
const metric = fc.constantFrom(...metrics);
const value = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e308, -1e308, 0.1),
);
const lateS = fc.oneof(
  { weight: 10, arbitrary: fc.nat(20) },
  { weight: 3, arbitrary: fc.nat(2000) },
  { weight: 1, arbitrary: fc.nat(10 * dayS) },
  { weight: 1, arbitrary: fc.integer({ min: -dayS, max: 0 }) },
);
const action = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('sample' as const),
      samples: fc.array(fc.record({ metric, value, lateS }), { maxLength: 12 }),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(20, 20, 30_000, 30_000, 305_000, 5_000_000, dayS * 1000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('burst' as const), metric, stepS: fc.constantFrom(1, 7, 400) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('query' as const),
      metric,
      fromS: fc.constantFrom(0, 600, 3600, dayS, 3 * dayS, 8 * dayS),
      toS: fc.constantFrom(0, 0, 500, 2 * dayS, -dayS),
      most: fc.constantFrom(2, 10, 1000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

/**
 * Only samples keep -0 as it is, sums do not: SQLite stores a whole number without its sign of
 * zero.
 */
const plain = (number: number) => (number === 0 ? 0 : number);

function play(actions: readonly Action[], dir: string) {
  const committed: Sample[] = [];
  const open = (startMs: number) => openIn(dir, { sinks: ['a'], history: aWeek, startMs });
  let at = open((startS - 90) * 1000);
  const nowS = () => at.clock.nowMs() / 1000;
  const take = (samples: readonly Sample[]) => {
    committed.push(...samples);
    at.store.append(samples);
    at.store.flush();
  };
  const check = (name: string, fromS: number, toS: number, most: number) => {
    const asked = { metric: name, fromS, toS, most, nowS: nowS() };
    expect(faultOf(at.history.query(name, fromS, toS, most), committed, asked)).toBeNull();
  };
  for (const step of actions) {
    const now = Math.floor(nowS());
    if (step.kind === 'sample') take(step.samples.map((one) => sample(one.metric, plain(one.value), now - one.lateS)));
    else if (step.kind === 'pass') at.clock.advance(step.ms);
    else if (step.kind === 'burst')
      take(Array.from({ length: 1200 }, (_, index) => sample(step.metric, index, now - index * step.stepS)));
    else if (step.kind === 'query') check(step.metric, now - step.fromS, now - step.toS, step.most);
    else {
      if (step.kind === 'reopen') at.close();
      else at.crash();
      at = open(at.clock.nowMs());
    }
  }
  for (const name of metrics) check(name, 0, nowS() + 2 * dayS, 1000);
  expect(at.events.all).toEqual([]);
  at.close();
  expect(inspect(dir).integrity).toBe('ok');
}

for (const seed of [1, 2, 3, 4]) {
  test(`over any samples and restarts a query invents nothing, omits nothing, and keeps to its points (seed ${seed})`, {
    timeout: 120_000,
  }, () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 60, maxLength: 200, size: 'max' }), (actions) => {
        play(actions, tempDir());
      }),
      { seed, numRuns: 8, endOnFailure: true },
    );
  });
}
