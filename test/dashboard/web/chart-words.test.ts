import { expect, test } from 'vitest';
import { chartWords, spokenMarks } from '../../../src/dashboard/web/chart-words.ts';
import type { Mark } from '../../../src/model/mark.ts';

test('a chart says in words what is drawn, and how much of it there is', () => {
  const lastAtS = new Date(2026, 10, 22, 14, 3, 5).getTime() / 1000;
  expect(chartWords({ count: 1204, min: 1, max: 9.5, lastAtS, lastValue: 4 }, 'day', lastAtS + 1)).toEqual({
    caption: '1 to 9.5, last at 14:03:05',
    spoken: '1,204 points in the last day, from 1 to 9.5; the last is 4 at 14:03:05',
  });
  const none = 'no samples in the last hour';
  expect(chartWords(null, 'hour', 0)).toEqual({ caption: none, spoken: none });
});

const atS = new Date(2026, 10, 22, 14, 3, 5).getTime() / 1000;
const mark = (text: string, later = 0): Mark => ({
  atS: atS + later,
  durationS: 0,
  kind: 'changed',
  plugin: null,
  text,
});

test('marks are read out with their times, the newest five of many', () => {
  expect(spokenMarks([], atS)).toBe('');
  expect(spokenMarks([mark('plugin a\n was changed')], atS)).toBe('; 1 mark: 14:03:05 plugin a\\n was changed');
  const many = Array.from({ length: 7 }, (_, index) => mark(`m${index}`, index));
  expect(spokenMarks(many, atS)).toBe(
    '; 7 marks, the last: 14:03:07 m2; 14:03:08 m3; 14:03:09 m4; 14:03:10 m5; 14:03:11 m6',
  );
});
