import { expect, test } from 'vitest';
import { parseOpenFiles, readOpenFiles } from '../../src/host/open-files.ts';
import { hostFiles } from '../../src/io/disk/host-files.ts';
import { procDir } from './edges.ts';

test('open files are those allocated less those unused', () => {
  expect(parseOpenFiles('510\t110\t100000\n')).toEqual({
    ok: true,
    value: [
      ['filesystem.open_files', 400],
      ['filesystem.max_open_files', 100_000],
      ['filesystem.open_files_pct_max', 0.4],
    ],
  });
});

test('the largest number a kernel can say is still a number', () => {
  const readings = readOpenFiles(hostFiles(procDir('no-swap')));
  expect(readings.ok && Object.fromEntries(readings.value)).toMatchObject({
    'filesystem.open_files': 449,
    'filesystem.max_open_files': 2 ** 63,
  });
});

test.each([[''], ['1 2'], ['1 2 many'], ['-1 2 3']])('%j is no count of open files', (text) => {
  expect(parseOpenFiles(text)).toMatchObject({ ok: false, error: expect.stringContaining('three counters') });
});

test('a file that is missing is an error with its path', () => {
  expect(readOpenFiles(hostFiles('/nowhere'))).toMatchObject({
    ok: false,
    error: expect.stringContaining('/nowhere/sys/fs/file-nr'),
  });
});
