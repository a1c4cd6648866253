import { expect, test } from 'vitest';
import { axisMeasure, measureScale, measureText } from '../../../src/dashboard/web/measure.ts';
import { isSameUnit, metricUnit } from '../../../src/dashboard/web/unit.ts';
import { valueRange } from '../../../src/dashboard/web/value-range.ts';

test.each([
  ['redis.used_memory_mb', '', 812.5, '813 MiB'],
  ['redis.used_memory_mb', '', 1340, '1.31 GiB'],
  ['disk.read_bytes_total', '', 0, '0 B'],
  ['disk.read_bytes_total', '', 1500, '1.46 KiB'],
  ['disk.read_bytes_per_second', '', 2_097_152, '2 MiB/s'],
  ['disk.root', 'B', 28_345_106_432, '26.4 GiB'],
  ['disk.read', 'MB/s', -3, '-3 MiB/s'],
  ['big', 'TB', 3e6, '2,930 PiB'],
  ['nfs.read_ms', '', 41, '41 ms'],
  ['nfs.read_ms', '', 0, '0 ms'],
  ['nfs.read_ms', '', 2440, '2.44 s'],
  ['nfs.read_seconds', '', 0.000_012, '12 µs'],
  ['nfs.read_seconds', '', 3e-9, '3 ns'],
  ['backup.age_s', '', 192, '3m 12s'],
  ['clock.ahead_s', '', -75, '-1m 15s'],
  ['clock.ahead_s', '', -7.5, '-7.5 s'],
  ['tls.www_days', '', 61, '61d'],
  ['disk.root.available_percent', '', 41.26, '41.3 %'],
  ['filesystem.open_files_pct_max', '', 3, '3 %'],
  ['disk.sda.percent_utilization', '', 100, '100 %'],
  ['cpu.in_use', '', 12, '12 %'],
  ['mine.cpu.in_use', '', 12, '12'],
  ['x', '%', 12, '12 %'],
  ['web.requests_per_s', '', 4182, '4,182 /s'],
  ['link.rate', 'b', 9, '9 b'],
  ['room.temperature', 'celsius', 21.5, '21.5 celsius'],
  ['a.s', '', 42, '42'],
  ['a.b', '', 42, '42'],
  ['a.us', '', 42, '42'],
  ['queue.deferred', '', 123_456, '123,456'],
])('%s with the unit "%s": %d is written as %s', (name, given, value, text) => {
  expect(measureText(value, metricUnit(name, given))).toBe(text);
});

test.each([
  ['memory.used_mb', 800, 200, '200 MiB'],
  ['memory.used_mb', 4000, 2000, '1.95313 GiB'],
  ['read_ms', 900, 500, '500 ms'],
  ['age_s', 90, 30, '30 s'],
  ['age_s', 600, 300, '5m'],
  ['age_s', 9000, 3600, '1h'],
  ['age_s', 900_000, 432_000, '5d'],
  ['cpu.in_use', 20, 50, '50 %'],
  ['tickets', 17, 10, '10'],
])('on the axis of %s up to %d, %d is %s', (name, size, value, text) => {
  const scale = measureScale(metricUnit(name, ''), size);
  expect(axisMeasure(value * scale.by, scale)).toBe(text);
});

test('a long unit is beside the value, not at each number of the axis', () => {
  expect(measureScale(metricUnit('', 'celsius'), 9).text).toBe('');
  expect(measureScale(metricUnit('', '°C'), 9).text).toBe('°C');
});

test('metrics that measure the same share an axis, whatever their names end in', () => {
  const same = (a: string, b: string) => isSameUnit(metricUnit(a, ''), metricUnit(b, ''));
  expect([same('a_mb', 'b_bytes'), same('a_ms', 'b_s'), same('a', 'b')]).toEqual([true, true, true]);
  expect([same('a_mb', 'b_ms'), same('a', 'b_percent'), same('a_bytes', 'b_bytes_per_s')]).toEqual([
    false,
    false,
    false,
  ]);
});

const [percent, plain] = [metricUnit('a_percent', ''), metricUnit('a', '')];

test('percentages are drawn from 0 to 100, unless one is outside', () => {
  expect(valueRange(41, 42, percent)).toEqual({ low: 0, high: 100, isWhole: true });
  expect(valueRange(null, null, percent)).toEqual({ low: 0, high: 100, isWhole: true });
  expect(valueRange(-3, 42, percent)).toEqual({ low: -3, high: 100, isWhole: false });
  expect(valueRange(5, 180, percent)).toEqual({ low: 0, high: 180, isWhole: false });
});

test('a line that hardly varies is drawn flat, in the middle; one that varies fills the chart', () => {
  const { low, high, isWhole } = valueRange(1_000_000, 1_000_001, plain);
  expect(isWhole).toBe(true);
  expect(1 / (high - low)).toBeLessThan(0.0001);
  expect((low + high) / 2).toBeCloseTo(1_000_000.5);
  expect(valueRange(5, 5, plain)).toEqual({ low: 2.5, high: 7.5, isWhole: true });
  expect(valueRange(-5, -5, plain)).toEqual({ low: -7.5, high: -2.5, isWhole: true });
  expect(valueRange(0, 0, plain)).toEqual({ low: 0, high: 1, isWhole: true });
  expect(valueRange(null, null, plain)).toEqual({ low: 0, high: 1, isWhole: true });
  expect(valueRange(5, 9, plain)).toEqual({ low: 5, high: 9, isWhole: false });
});
