import { expect, test } from 'vitest';
import { rangeWords, spokenLine, spokenMarks } from '../../../src/dashboard/web/chart-words.ts';
import { metricUnit } from '../../../src/dashboard/web/unit.ts';
import { clockTimeOrDay } from '../../../src/dashboard/web/words.ts';
import type { Mark } from '../../../src/model/mark.ts';

const atS = new Date(2026, 10, 22, 14, 3, 5).getTime() / 1000;
const timeText = (at: number) => clockTimeOrDay(at, atS + 1);
const none = metricUnit('', '');

test('a chart says in words what is drawn, how much of it there is, and in which unit', () => {
  const summary = { count: 1204, min: 1, max: 9.5, lastAtS: atS, lastValue: 4 };
  expect(rangeWords(summary, none, 'in the last day')).toBe('1 to 9.5');
  expect(spokenLine(summary, none, 'in the last day', timeText)).toBe(
    '1,204 points in the last day, from 1 to 9.5; the last is 4 at 14:03:05',
  );
  expect(spokenLine(summary, metricUnit('', 'GB'), 'from 14:00:00 to 14:05:00', timeText)).toBe(
    '1,204 points from 14:00:00 to 14:05:00, from 1 GiB to 9.5 GiB; the last is 4 GiB at 14:03:05',
  );
  expect(rangeWords(null, none, 'in the last hour')).toBe('no samples in the last hour');
  expect(spokenLine(null, none, 'in the last hour', timeText)).toBe('no samples in the last hour');
});

const mark = (text: string, later = 0): Mark => ({
  atS: atS + later,
  durationS: 0,
  kind: 'changed',
  plugin: null,
  text,
});

test('marks are read out with their times, the newest five of many', () => {
  expect(spokenMarks([], timeText)).toBe('');
  expect(spokenMarks([mark('plugin a\n was changed')], timeText)).toBe('; 1 mark: 14:03:05 plugin a\\n was changed');
  const many = Array.from({ length: 7 }, (_, index) => mark(`m${index}`, index));
  expect(spokenMarks(many, timeText)).toBe(
    '; 7 marks, the last: 14:03:07 m2; 14:03:08 m3; 14:03:09 m4; 14:03:10 m5; 14:03:11 m6',
  );
});
