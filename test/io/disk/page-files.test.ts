import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keptToken, readPageFile } from '../../../src/io/disk/page-files.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { limitLargestFile } from '../../store/largest-file.ts';

test('the token of a state directory is made once, private, long, and the same ever after', () => {
  const path = join(tempDir(), 'dashboard-token');
  const first = keptToken(path);
  expect(first).toEqual({ ok: true, value: expect.stringMatching(/^[\w-]{32}$/) });
  expect(statSync(path).mode & 0o7777).toBe(0o600);
  expect(keptToken(path)).toEqual(first);
  expect(keptToken(join(tempDir(), 'dashboard-token'))).not.toEqual(first);
  expect(readFileSync(path, 'utf8')).toBe(`${first.ok ? first.value : ''}\n`);
});

test('a file that holds no token, or a folder that is missing, is a failure with a sentence', () => {
  const path = join(tempDir(), 'dashboard-token');
  writeFileSync(path, 'short\n');
  expect(keptToken(path)).toEqual({ ok: false, error: `${path} holds no token; rm '${path}'` });
  expect(keptToken('/no/such/folder/token')).toEqual({ ok: false, error: expect.stringContaining('ENOENT') });
});

test('no path leads out of the folder of the page', () => {
  for (const path of [
    '/web/../main.js',
    '/web/..%2fmain.js',
    '/web/',
    '/web/app',
    '/etc/passwd',
    '/web/app.js/..',
    '/web/x.json',
  ])
    expect([path, readPageFile(path)]).toEqual([path, null]);
});

test('a token that the disk does not take is a failure, and no half of it is left in its place', () => {
  const path = join(tempDir(), 'dashboard-token');
  const lift = limitLargestFile(1);
  const failed = keptToken(path);
  lift();
  expect(failed).toEqual({ ok: false, error: expect.stringMatching(/can't be written to .* \(EFBIG\)$/) });
  expect(keptToken(path)).toMatchObject({ ok: true });
});
