import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepFilesIn } from '../../src/io/kept-files.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const textOf = (chunks: Iterable<Uint8Array>) => Array.from(chunks, (chunk) => Buffer.from(chunk).toString('latin1')).join('');

test('a kept file is read whole, from its beginning, as often as asked', () => {
  const files = keepFilesIn(join(tempDir(), 'outputs'), 'life');
  const file = files.create();
  file.append(Buffer.from('a'.repeat(100_000)));
  file.append(Buffer.from('b'.repeat(100_000)));
  file.close();
  const chunks = files.chunks(file.name);
  for (let time = 0; time < 2; time += 1) expect(textOf(chunks)).toBe('a'.repeat(100_000) + 'b'.repeat(100_000));
});

test('a file that is not there, or whose folder is not, has nothing to read', () => {
  const dir = join(tempDir(), 'outputs');
  const files = keepFilesIn(dir, 'life');
  expect(textOf(files.chunks('gone'))).toBe('');
  renameSync(dir, `${dir}-away`);
  expect(textOf(files.chunks('gone'))).toBe('');
  writeFileSync(dir, 'a file where the folder was');
  expect(textOf(files.chunks('gone'))).toBe('');
});

test('a file that is there and can not be read throws what the system says: nobody takes it for an empty one', () => {
  const dir = tempDir();
  const files = keepFilesIn(dir, 'life');
  symlinkSync('loop', join(dir, 'loop'));
  mkdirSync(join(dir, 'folder'));
  expect(() => textOf(files.chunks('loop'))).toThrow('ELOOP');
  expect(() => textOf(files.chunks('folder'))).toThrow('EISDIR');
});
