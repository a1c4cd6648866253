import { expect, test } from 'vitest';
import { mostChanged } from '../../../src/dashboard/web/most-changed.ts';
import type { Sparkline } from '../../../src/model/metric.ts';
import { pluginFile } from '../../../src/model/plugin.ts';

const line = (file: string, ...values: readonly number[]): Sparkline => ({
  file: pluginFile(file),
  metric: `h.${file}`,
  points: values.map((value, index) => [index, value]),
});

test('lines are compared by how much of their size they changed, whatever they measure', () => {
  const lines = [
    line('large', 1e9, 1.1e9),
    line('small', 1, 3),
    line('below-zero', -4, 4),
    line('flat', 7, 7),
    line('zero', 0, 0),
    line('none'),
  ];
  expect(mostChanged(lines, 9).map(({ file }) => file)).toEqual(['below-zero', 'small', 'large', 'flat', 'zero']);
  expect(mostChanged(lines, 2).map(({ file }) => file)).toEqual(['below-zero', 'small']);
});
