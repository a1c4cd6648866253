import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pluginFile, pluginName } from '../../src/model/plugin.ts';
import { metricName, unixSeconds } from '../../src/model/sample.ts';

describe('the metric prefix of a script', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['application_load', 'application_load'],
    ['with.ext.sh', 'with.ext'],
    ['gam.ma.sh', 'gam.ma'],
    ['we ird@x.sh', 'we_ird_x'],
    ['a.sh', 'a'],
    ['a.rb', 'a'],
    ['a.', 'a'],
    ['a..b.sh', 'a.b'],
    ['a...sh', 'a'],
    ['..a.sh', 'a'],
    ['@.sh', '_'],
    ['...', '_'],
    ['line\nend.sh', 'line_end'],
    ['smile😀.sh', 'smile_'],
  ];
  for (const [file, name] of rows) {
    test(`of ${JSON.stringify(file)} is ${name}`, () => {
      expect(pluginName(file)).toBe(name);
    });
  }

  test('is a valid part of a metric name whatever the file is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (file) => {
        expect(pluginName(file)).toMatch(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/);
      }),
    );
  });
});

test('a plugin goes by the whole name of its file', () => {
  expect(pluginFile('we ird@x.sh')).toBe('we ird@x.sh');
});

test('a metric name is taken as it is', () => {
  expect(metricName('host.a.b')).toBe('host.a.b');
});

test('unix seconds are whole and never negative', () => {
  expect([0, 1.999, 1_700_000_000.7, -0.5, -7].map(unixSeconds)).toEqual([0, 1, 1_700_000_000, 0, 0]);
});
