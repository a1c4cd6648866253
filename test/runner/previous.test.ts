import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openOutputFiles } from '../../src/io/disk/output-files.ts';
import { keepPrevious } from '../../src/runner/previous.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test('the output of a run that is brought along becomes a private file, byte for byte, and goes again', () => {
  const dir = join(tempDir(), 'outputs');
  const bytes = Buffer.from([0, 255, 10, 13, 128, 10]);
  const kept = keepPrevious({ endedAtS: 9, status: 3, stdout: bytes.toString('base64') }, openOutputFiles(dir, 'life'));
  expect(kept.lastRun).toEqual({ endedAtS: 9, status: 3, output: { name: 'life-1', sizeBytes: 6 } });
  expect(readFileSync(kept.stdinPath ?? '')).toEqual(bytes);
  expect(statSync(kept.stdinPath ?? '').mode & 0o777).toBe(0o600);
  kept.remove();
  expect(readdirSync(dir)).toEqual([]);
});

test('an empty output needs no file', () => {
  const dir = join(tempDir(), 'outputs');
  const kept = keepPrevious({ endedAtS: 9, status: 0, stdout: '' }, openOutputFiles(dir, 'life'));
  expect([kept.lastRun, kept.stdinPath]).toEqual([{ endedAtS: 9, status: 0, output: null }, null]);
  kept.remove();
  expect(readdirSync(dir)).toEqual([]);
});
