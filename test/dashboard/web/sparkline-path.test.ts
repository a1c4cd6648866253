import { expect, test } from 'vitest';
import {
  sparklinePath,
  sparklineValue,
  sparklineWords,
  withoutLineWords,
} from '../../../src/dashboard/web/sparkline-path.ts';
import { pluginFile } from '../../../src/model/plugin.ts';

test('a sparkline goes from the first time to the last, and from the smallest value at the bottom to the largest', () => {
  expect(
    sparklinePath([
      [100, 0],
      [110, 10],
      [200, 5],
    ]),
  ).toBe('M1.5 16.5L8.4 1.5L70.5 9');
});

test('equal values, one point, none, and values as far apart as numbers can be are drawn', () => {
  expect(
    sparklinePath([
      [1, 7],
      [2, 7],
    ]),
  ).toBe('M1.5 9L70.5 9');
  expect(sparklinePath([[1, 7]])).toBe('M36 9h0');
  expect(sparklinePath([])).toBe('');
  expect(
    sparklinePath([
      [1, -Number.MAX_VALUE],
      [2, Number.MAX_VALUE],
    ]),
  ).toBe('M1.5 16.5L70.5 1.5');
});

test('its words are the metric behind the name of the plugin, and the last value with its unit, all visible', () => {
  const line = { file: pluginFile('a.sh'), metric: 'web-1.a.b.c', points: [[1, 2] as const, [2, 12.5] as const] };
  expect(sparklineWords(line, 'a')).toBe('b.c: 12.5');
  expect(sparklineWords({ ...line, unit: '%\u202e' }, 'a')).toBe('b.c: 12.5 %\\u{202e}');
  expect(sparklineWords({ ...line, metric: 'web-1.a.root_bytes', points: [[1, 28_345_106_432]] }, 'a')).toBe(
    'root_bytes: 26.4 GiB',
  );
  expect(sparklineWords({ ...line, points: [] }, 'other')).toBe('web-1.a.b.c: no samples yet');
});

test('the value beside it is in the unit that the name of the metric has, and in three digits', () => {
  const line = { file: pluginFile('a.sh'), metric: 'web-1.a.used_mb', points: [[1, 2] as const, [2, 812.53] as const] };
  expect(sparklineValue(line, 'a')).toBe('813 MiB');
  expect(sparklineValue({ ...line, metric: 'web-1.a.tickets' }, 'a')).toBe('813');
  expect(sparklineValue({ ...line, points: [] }, 'a')).toBe('');
});

test('a plugin that reports, but has no line, is not said to have no samples', () => {
  expect(withoutLineWords({ lastReportAtS: null })).toBe('no samples yet');
  expect(withoutLineWords({ lastReportAtS: 7 })).toBe('no line');
});
