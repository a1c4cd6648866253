import { expect, test } from 'vitest';
import { isOfPlugin, type Series } from '../../src/model/series.ts';

const of = (family: string | null): Series => ({ family, labels: [], kind: 'gauge', unit: '' });

test('a series of a plugin is known by its family', () => {
  expect(isOfPlugin(of('instrument_server_plugin_up'))).toBe(true);
  expect([of('instrument_server_plugins'), of(null), undefined].map(isOfPlugin)).toEqual([false, false, false]);
});
