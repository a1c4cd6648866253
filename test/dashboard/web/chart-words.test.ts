import { expect, test } from 'vitest';
import { chartWords } from '../../../src/dashboard/web/chart-words.ts';

test('a chart says in words what is drawn, and how much of it there is', () => {
  const lastAtS = new Date(2026, 10, 22, 14, 3, 5).getTime() / 1000;
  expect(chartWords({ count: 1204, min: 1, max: 9.5, lastAtS, lastValue: 4 }, 'day', lastAtS + 1)).toEqual({
    caption: '1 to 9.5, last at 14:03:05',
    spoken: '1,204 points in the last day, from 1 to 9.5; the last is 4 at 14:03:05',
  });
  const none = 'no samples in the last hour';
  expect(chartWords(null, 'hour', 0)).toEqual({ caption: none, spoken: none });
});
