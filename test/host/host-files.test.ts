import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostFiles, otherSystem } from '../../src/io/disk/host-files.ts';

let dir = '';
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'host-files-')));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a file below the proc directory is read; one that is missing is an error with its path', () => {
  writeFileSync(join(dir, 'loadavg'), '1 2 3\n');
  expect(hostFiles(dir).read('loadavg')).toEqual({ ok: true, value: '1 2 3\n' });
  expect(hostFiles(dir).read('stat')).toMatchObject({ ok: false, error: expect.stringContaining(join(dir, 'stat')) });
});

test('a folder gives the blocks of its file system; one that is missing is an error with its path', async () => {
  const counts = await hostFiles(dir).statfs(dir);
  if (!counts.ok) throw new Error(counts.error);
  expect(counts.value.blocks * counts.value.bsize).toBeGreaterThan(0);
  expect(counts.value.bavail).toBeLessThanOrEqual(counts.value.blocks);
  expect(await hostFiles(dir).statfs(join(dir, 'gone'))).toMatchObject({
    ok: false,
    error: expect.stringContaining(join(dir, 'gone')),
  });
});

test('a link leads to its device; a path that leads nowhere stays as it is', () => {
  writeFileSync(join(dir, 'dm-0'), '');
  symlinkSync('dm-0', join(dir, 'vg-root'));
  expect(hostFiles(dir).realPath(join(dir, 'vg-root'))).toBe(join(dir, 'dm-0'));
  expect(hostFiles(dir).realPath('/dev/nowhere')).toBe('/dev/nowhere');
});

test('the library for other systems can be loaded and has what is asked of it', async () => {
  expect(await otherSystem.library()).toMatchObject({ ok: true });
  const library = await import('systeminformation');
  for (const name of ['currentLoad', 'mem', 'fsSize', 'fsOpenFiles'])
    expect(library).toHaveProperty(name, expect.any(Function));
});

test('there are three load averages', () => {
  expect(otherSystem.loadAverages()).toHaveLength(3);
});
