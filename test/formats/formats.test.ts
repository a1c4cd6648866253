import { expect, test } from 'vitest';
import { exitStatesOf, foreignFormats, foreignReader } from '../../src/formats/formats.ts';
import { formatNames } from '../../src/model/format.ts';

test('the exit statuses of checks are states up to 3, those of all others only 0', () => {
  const lasts = formatNames.map((name) => [name, exitStatesOf(name)?.last ?? 0] as const);
  expect(lasts.filter(([, last]) => last > 0)).toEqual([
    ['nagios', 3],
    ['checkmk', 3],
  ]);
});

test('every format but the own one has a reader, and a reader is its own', () => {
  expect(foreignReader('native')).toBeNull();
  expect(foreignReader('json')).toBe(foreignFormats.json.read);
  expect(foreignReader(foreignFormats.json.read)).toBe(foreignFormats.json.read);
});
