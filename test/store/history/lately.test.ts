import { expect, test } from 'vitest';
import type { Sample } from '../../../src/model/sample.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { TestStore } from '../set-up.ts';
import { aWeek, startS } from './model.ts';
import { openHistoryIn, settle, tick } from './set-up.ts';

/** What was visited, by metric; `between` is called between two steps of the walk. */
function visited(
  { store }: TestStore,
  metrics: readonly string[],
  fromS: number,
  between: (step: number) => void = () => {},
) {
  const found: Record<string, (readonly [number, number])[]> = {};
  const walk = store.history.lately(new Set(metrics), fromS, (metric, atS, value) => {
    found[metric] = [...(found[metric] ?? []), [atS, value]];
  });
  for (let step = 1; walk.next().done !== true; step += 1) between(step);
  return found;
}

const valuesOf = (samples: readonly Sample[], name: string) =>
  samples.filter(({ metric }) => metric === name).map(({ atS, value }) => [atS, value]);

test('the samples of several metrics are visited in their order, from the tables and the spool', () => {
  const at = openHistoryIn(tempDir());
  const samples = tick(at, 25, 4);
  settle(at);
  samples.push(...tick(at, 3, 4));
  expect(visited(at, ['h.p1.m1', 'h.p3.m3', 'h.none'], startS)).toEqual({
    'h.p1.m1': valuesOf(samples, 'h.p1.m1'),
    'h.p3.m3': valuesOf(samples, 'h.p3.m3'),
  });
  at.close();
});

test('samples before the time are left out', () => {
  const at = openHistoryIn(tempDir());
  const samples = tick(at, 25, 2);
  settle(at);
  samples.push(...tick(at, 3, 2));
  for (const back of [2, 5, 13, 22]) {
    const kept = valuesOf(samples, 'h.p1.m1').slice(-back);
    expect(visited(at, ['h.p1.m1'], kept[0]?.[0] ?? 0)).toEqual({ 'h.p1.m1': kept });
  }
  at.close();
});

test.each([1, 3, 6, 11, 14])('blocks that move to the tables after step %i are visited once', (moveAt) => {
  const at = openHistoryIn(tempDir());
  const samples = tick(at, 12, 3);
  settle(at);
  samples.push(...tick(at, 13, 3));
  const found = visited(at, ['h.p2.m2'], startS, (step) => {
    if (step === moveAt) settle(at);
  });
  expect(found).toEqual({ 'h.p2.m2': valuesOf(samples, 'h.p2.m2') });
  at.close();
});

test('many metrics are asked for together', () => {
  const at = openHistoryIn(tempDir());
  const samples = tick(at, 3, 450);
  settle(at);
  const names = [...new Set(samples.map(({ metric }) => metric))];
  expect(Object.keys(visited(at, names, startS))).toHaveLength(450);
  at.close();
});

test('where no history is kept nothing is visited, and the last sample is known only with one', () => {
  const history = { ...aWeek };
  const at = openHistoryIn(tempDir(), { history });
  const samples = tick(at, 2, 2);
  const { atS, value } = samples.at(-1) ?? {};
  expect(at.store.history.last('h.p1.m1')).toEqual({ atS, value });
  expect(at.store.history.last('h.none')).toBeNull();
  history.keptForS = 0;
  expect(visited(at, ['h.p1.m1'], startS)).toEqual({});
  at.close();
});
