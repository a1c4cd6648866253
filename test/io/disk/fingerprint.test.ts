import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileSizeBytes, fingerprintAt } from '../../../src/io/disk/fingerprint.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const isRoot = process.getuid?.() === 0;

function replace(path: string): void {
  writeFileSync(`${path}.new`, 'a\n', { mode: 0o700 });
  utimesSync(`${path}.new`, 1, 1);
  renameSync(`${path}.new`, path);
}

describe('a path keeps its fingerprint', () => {
  const changes: readonly (readonly [string, (path: string) => void])[] = [
    ['is written to', (path) => writeFileSync(path, 'other\n')],
    ['gets another mode', (path) => chmodSync(path, 0o600)],
    ['is replaced by its like', replace],
  ];
  for (const [what, change] of changes) {
    test(`until it ${what}`, () => {
      const path = join(tempDir(), 'p');
      writeFileSync(path, 'a\n', { mode: 0o700 });
      utimesSync(path, 1, 1);
      const before = fingerprintAt(path);
      expect(before).not.toBeNull();
      readFileSync(path);
      expect(fingerprintAt(path)).toBe(before);
      change(path);
      expect(fingerprintAt(path)).not.toBe(before);
    });
  }

  test('until it gets as many other bytes, with the time of writing that it had', () => {
    const path = join(tempDir(), 'p');
    writeFileSync(path, 'a\n');
    utimesSync(path, 1, 1);
    const before = fingerprintAt(path);
    do {
      writeFileSync(path, 'b\n');
      utimesSync(path, 1, 1);
    } while (fingerprintAt(path) === before); // until the file system's clock has advanced
  });

  test.runIf(isRoot)('until it has another owner (skipped where we are not root)', () => {
    const path = join(tempDir(), 'p');
    writeFileSync(path, '');
    const before = fingerprintAt(path);
    chownSync(path, 65534, 65534);
    expect(fingerprintAt(path)).not.toBe(before);
  });

  test('through a link, and for a folder until something in it changes', () => {
    const dir = join(tempDir(), 'd');
    mkdirSync(dir);
    symlinkSync(dir, `${dir}.link`);
    expect(fingerprintAt(`${dir}.link`)).toBe(fingerprintAt(dir));
    const before = fingerprintAt(dir);
    utimesSync(dir, 1, 1);
    expect(fingerprintAt(dir)).not.toBe(before);
  });
});

test('a missing path has no fingerprint and no size', () => {
  const path = join(tempDir(), 'missing');
  expect([fingerprintAt(path), fileSizeBytes(path)]).toEqual([null, null]);
});

test('the size is that of the file', () => {
  const path = join(tempDir(), 'p');
  writeFileSync(path, 'twelve bytes');
  expect(fileSizeBytes(path)).toBe(12);
  writeFileSync(path, '');
  expect(fileSizeBytes(path)).toBe(0);
});
