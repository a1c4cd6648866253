import { expect, test } from 'vitest';
import { parseLoad, readLoad } from '../../src/host/load.ts';
import { hostFiles } from '../../src/io/disk/host-files.ts';
import { procDir } from './edges.ts';

test('the three load averages are named by their minutes', () => {
  expect(readLoad(hostFiles(procDir('plain')))).toEqual({
    ok: true,
    value: [
      ['load.1min', 0.52],
      ['load.5min', 0.58],
      ['load.15min', 1.25],
    ],
  });
});

test.each([[''], ['0.5 0.6'], ['0,5 0,6 0,7 1/2 3'], ['nan nan nan 1/2 3'], ['1 2 3x']])('%j is no load', (text) => {
  expect(parseLoad(text)).toMatchObject({ ok: false, error: expect.stringContaining('three numbers') });
});

test('a file that is missing is an error with its path', () => {
  expect(readLoad(hostFiles('/nowhere'))).toMatchObject({
    ok: false,
    error: expect.stringContaining('/nowhere/loadavg'),
  });
});
