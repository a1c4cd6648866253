import { expect, test } from 'vitest';
import { tableOf } from '../../../src/dashboard/web/chart-data.ts';
import { cardLines, drawnHistory } from '../../../src/dashboard/web/drawn-history.ts';
import type { Mark } from '../../../src/model/mark.ts';
import type { MetricHistory } from '../../../src/model/metric.ts';

const history = (metric: string, values: readonly number[], marks: readonly Mark[] = []): MetricHistory => ({
  metric,
  fromS: 0,
  toS: 1000,
  stepS: 0,
  points: values.map((value, index) => [900 + 30 * index, value, value, value]),
  marks,
});
const mark = (atS: number): Mark => ({ atS, durationS: 0, kind: 'changed', plugin: null, text: 'changed' });
const fitted = { seconds: 3600, isFitted: true, toS: 1000 };
const nameOf = (metric: string) => metric.replace(/^h\./, '');

test('two metrics that measure the same are drawn on one scale, others on one each', () => {
  const [mb, bytes, ms] = [history('h.a_mb', [1, 2]), history('h.b_bytes', [3 * 2 ** 30]), history('h.c_ms', [5])];
  const one = drawnHistory(cardLines(nameOf, mb, bytes), fitted);
  expect([one.isOneAxis, one.first.scale, one.second?.scale]).toEqual([
    true,
    { by: 1 / 1024, text: 'GiB' },
    { by: 1 / 2 ** 30, text: 'GiB' },
  ]);
  expect(one.second && tableOf(one.second, false)[1]).toEqual([3]);
  const two = drawnHistory(cardLines(nameOf, mb, ms), fitted);
  expect([two.isOneAxis, two.first.scale.text, two.second?.scale.text]).toEqual([false, 'MiB', 'ms']);
  expect(drawnHistory(cardLines(nameOf, mb, null), fitted).second).toBeNull();
});

test('a chart has the marks of both metrics within its time, each once, in order', () => {
  const lines = cardLines(
    nameOf,
    history('h.a', [1], [mark(899), mark(950)]),
    history('h.b', [1], [mark(940), mark(950)]),
  );
  expect(drawnHistory(lines, fitted).marks.map(({ atS }) => atS)).toEqual([940, 950]);
});

test('a band is drawn with the range of each point, a gap stays one', () => {
  const lines = cardLines(
    nameOf,
    {
      ...history('h.a', []),
      stepS: 10,
      points: [
        [0, 2, 1, 3],
        [900, 4, 4, 5],
      ],
    },
    null,
  );
  const { first, hasBand } = drawnHistory(lines, fitted);
  expect(hasBand).toBe(true);
  expect(tableOf(first, true)).toEqual([
    [0, 450, 900],
    [2, null, 4],
    [1, null, 4],
    [3, null, 5],
  ]);
  expect(tableOf(first, false)[2]).toEqual([null, null, null]);
});

test('a chart has a line at least', () => {
  expect(() => drawnHistory([], fitted)).toThrow('a chart has a line');
});
