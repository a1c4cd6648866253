import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contentHash } from '../../../src/io/disk/file-hash.ts';
import { holdFifo } from '../../helpers/hold-fifo.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

test('the hash of a file is the SHA-256 of what it holds, its links followed', async () => {
  const dir = tempDir();
  for (const bytes of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), Buffer.alloc(200_000, 'x')]) {
    writeFileSync(join(dir, 'p'), bytes);
    const hash = createHash('sha256').update(bytes).digest('hex');
    expect(await contentHash(join(dir, 'p'))).toBe(hash);
  }
  symlinkSync('p', join(dir, 'link'));
  expect(await contentHash(join(dir, 'link'))).toBe(await contentHash(join(dir, 'p')));
});

test('what is no file, or is too large, has none, and is not waited for', async () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'folder'));
  writeFileSync(join(dir, 'large'), '');
  truncateSync(join(dir, 'large'), 64 * 1024 * 1024 + 1);
  for (const path of [join(dir, 'missing'), join(dir, 'folder'), join(dir, 'large'), holdFifo().path])
    expect(await contentHash(path)).toBeNull();
});
