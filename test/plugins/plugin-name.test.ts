import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pluginFile, pluginName } from '../../src/model/plugin.ts';

describe('the metric prefix of a script', () => {
  const rows = [
    ['application_load', 'application_load'],
    ['load.sh', 'load'],
    ['with.ext.sh', 'with.ext'],
    ['with..ext.sh', 'with.ext'],
    ['we ird@x.sh', 'we_ird_x'],
    ['Häuschen.py', 'H_uschen'],
    ['🙂.sh', '_'],
    ['a\nb.sh', 'a_b'],
    ['-a_B-9.sh', '-a_B-9'],
    ['a.', 'a'],
    ['a..', 'a'],
    ['.sh', 'sh'],
    ['..sh', '_'],
    ['.', '_'],
    ['...', '_'],
    ['', '_'],
    ['4', '4'],
  ] as const;
  test.each(rows)('%j reports under %j', (file, name) => {
    expect(pluginName(file)).toBe(name);
  });

  test('it is a metric name, whatever the file is called', () => {
    const dotty = fc
      .array(fc.constantFrom('.', '..', 'a', 'sh', ' ', '_', '-', 'ü', '\n'), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(dotty, fc.string(), fc.string({ unit: 'binary' })), (file) => {
        expect(pluginName(file)).toMatch(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/);
      }),
    );
  });

  test('the file keeps its own name', () => {
    expect(pluginFile('with.ext.sh')).toBe('with.ext.sh');
  });
});
