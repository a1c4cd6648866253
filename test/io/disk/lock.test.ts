import { spawnSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readLock, takeLock, takeSignedLock } from '../../../src/io/disk/lock.ts';
import { bundle } from '../../helpers/bundle.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { descriptors } from '../process/launch/launchers.ts';

describe('a lock', () => {
  test('is taken once, and again after its release', () => {
    const path = join(tempDir(), 'lock');
    const before = descriptors().length;
    const lock = takeLock(path);
    expect(lock).not.toBeNull();
    expect(takeLock(path)).toBeNull();
    lock?.release();
    expect(descriptors().length).toBe(before);
    const second = takeLock(path);
    expect(second).not.toBeNull();
    second?.release();
    expect(statSync(path).mode & 0o7777).toBe(0o600);
  });

  test('that can not be made throws what the system says', () => {
    expect(() => takeLock(join(tempDir(), 'missing', 'lock'))).toThrow('ENOENT');
    const path = join(tempDir(), 'lock');
    writeFileSync(path, 'this is no database'.repeat(500));
    expect(() => takeLock(path)).toThrow(/not a database/);
  });
});

describe('what another process sees of a lock', () => {
  const reader = fileURLToPath(new URL('lock-reader.ts', import.meta.url));
  const seen = (path: string) => {
    const { stdout, stderr } = spawnSync(process.execPath, [bundle(reader, tempDir()), path], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  test('is who holds it, until it is released, and whoever held it before', () => {
    const path = join(tempDir(), 'lock');
    expect(seen(path)).toEqual({ kind: 'free' });
    takeSignedLock(path, "former 'one'")?.release();
    expect(seen(path)).toEqual({ kind: 'free' });
    const lock = takeSignedLock(path, '4711 boot:99');
    expect(seen(path)).toEqual({ kind: 'held', line: '4711 boot:99' });
    expect(takeSignedLock(path, '4712 boot:99')).toBeNull();
    expect(lock?.isThere()).toBe(true);
    lock?.release();
    expect(seen(path)).toEqual({ kind: 'free' });
  });

  test('is that it is held, where its holder has not signed it', () => {
    const path = join(tempDir(), 'lock');
    const lock = takeLock(path);
    expect(seen(path)).toEqual({ kind: 'held', line: null });
    lock?.release();
  });

  test('is that it is free where the file holds something else, and why it can not be read where that is so', () => {
    const path = join(tempDir(), 'lock');
    writeFileSync(path, 'this is no database'.repeat(500));
    expect(readLock(path)).toEqual({ kind: 'free' });
    expect(readLock(tempDir())).toMatchObject({
      kind: 'unreadable',
      detail: expect.stringContaining('open database'),
    });
  });

  test('ends with the file: its holder notices that it was removed or replaced', () => {
    const path = join(tempDir(), 'lock');
    const lock = takeSignedLock(path, 'x');
    rmSync(path);
    expect(lock?.isThere()).toBe(false);
    writeFileSync(path, '');
    expect(lock?.isThere()).toBe(false);
    lock?.release();
  });
});
