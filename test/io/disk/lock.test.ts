import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { takeLock } from '../../../src/io/disk/lock.ts';
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
