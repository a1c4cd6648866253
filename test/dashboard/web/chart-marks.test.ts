import { expect, test } from 'vitest';
import { spokenMarks } from '../../../src/dashboard/web/chart-marks.ts';
import type { Mark } from '../../../src/model/mark.ts';

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
