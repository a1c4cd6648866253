import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type OutputFiles, openOutputFiles } from '../../../src/io/disk/output-files.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const textOf = (chunks: Iterable<Uint8Array>) =>
  Array.from(chunks, (chunk) => Buffer.from(chunk).toString('latin1')).join('');

test('a kept file is read whole, from its beginning, as often as asked', () => {
  const files = openOutputFiles(join(tempDir(), 'outputs'), 'life');
  const file = files.create();
  file.append(Buffer.from('a'.repeat(100_000)));
  file.append(Buffer.from('b'.repeat(100_000)));
  file.close();
  const chunks = files.chunks(file.name);
  for (let time = 0; time < 2; time += 1) expect(textOf(chunks)).toBe('a'.repeat(100_000) + 'b'.repeat(100_000));
});

test('a file that is not there, or whose folder is not, has nothing to read', () => {
  const dir = join(tempDir(), 'outputs');
  const files = openOutputFiles(dir, 'life');
  expect(textOf(files.chunks('gone'))).toBe('');
  renameSync(dir, `${dir}-away`);
  expect(textOf(files.chunks('gone'))).toBe('');
  writeFileSync(dir, 'a file where the folder was');
  expect(textOf(files.chunks('gone'))).toBe('');
});

test('a file that can not be read throws what the system says, and is not taken for an empty one', () => {
  const dir = tempDir();
  const files = openOutputFiles(dir, 'life');
  symlinkSync('loop', join(dir, 'loop'));
  mkdirSync(join(dir, 'folder'));
  expect(() => textOf(files.chunks('loop'))).toThrow('ELOOP');
  expect(() => textOf(files.chunks('folder'))).toThrow('EISDIR');
});

describe('a file that was removed', () => {
  const keep = (files: OutputFiles, text: string) => files.keep(Buffer.from(text));

  test('is written over under another name, and nothing of it is left', () => {
    const dir = join(tempDir(), 'outputs');
    const files = openOutputFiles(dir, 'life');
    const former = keep(files, 'a long former output');
    files.remove(former, 20);
    expect(readdirSync(dir)).toEqual([]);
    const next = keep(files, 'short');
    expect([textOf(files.chunks(next)), files.sizeOf(next), readdirSync(dir), readdirSync(`${dir}.spare`)]).toEqual([
      'short',
      5,
      [next],
      [],
    ]);
    expect([next === former, statSync(files.pathOf(next)).mode & 0o7777]).toEqual([false, 0o600]);
  });

  test('is gone where it is large, or its size is not known', () => {
    const dir = join(tempDir(), 'outputs');
    const files = openOutputFiles(dir, 'life');
    files.remove(keep(files, 'x'.repeat(100_000)), 100_000);
    files.remove(keep(files, 'x'));
    expect([readdirSync(dir), existsSync(`${dir}.spare`)]).toEqual([[], false]);
  });

  test('is not missed if another process has removed it meanwhile', () => {
    const dir = join(tempDir(), 'outputs');
    const files = openOutputFiles(dir, 'life');
    files.remove(keep(files, 'former'), 6);
    rmSync(`${dir}.spare`, { recursive: true });
    expect(textOf(files.chunks(keep(files, 'next')))).toBe('next');
  });

  test('is gone with the next life', () => {
    const dir = join(tempDir(), 'outputs');
    const files = openOutputFiles(dir, 'life');
    files.remove(keep(files, 'former'), 6);
    openOutputFiles(dir, 'another');
    expect(existsSync(`${dir}.spare`)).toBe(false);
  });
});

test('a kept file that holds other bytes than it was given is not intact, one that was given none to hold is', () => {
  const files = openOutputFiles(join(tempDir(), 'outputs'), 'life');
  const name = files.keep(Buffer.from('x 1\n'));
  expect(files.isIntact(name)).toBe(true);
  writeFileSync(files.pathOf(name), 'y 2\n');
  expect(files.isIntact(name)).toBe(false);
  rmSync(files.pathOf(name));
  expect(files.isIntact(name)).toBe(false);
  const streamed = files.create();
  streamed.append(Buffer.from('x'));
  streamed.close();
  expect(files.isIntact(streamed.name)).toBe(true);
});
