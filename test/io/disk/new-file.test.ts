import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { moveToFreeName } from '../../../src/io/disk/free-name.ts';
import { makeNewFile } from '../../../src/io/disk/new-file.ts';
import { asNobody } from '../../helpers/as-nobody.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const nobody = 65_534;

/** The call of a disk that has no hard links. */
function noLinks(): never {
  throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
}

/** A folder with a complete file that has its unfinished name. */
function unfinished() {
  const dir = tempDir();
  const [from, to] = [join(dir, 'x.part'), join(dir, 'x')];
  writeFileSync(from, 'complete');
  return { dir, from, to };
}

test('a new file has its name, one name, and mode 0600 once it is complete', () => {
  const dir = tempDir();
  const file = join(dir, 'x');
  const made = makeNewFile(file, (part) => {
    expect(existsSync(file)).toBe(false);
    writeFileSync(part, 'complete');
  });
  expect(made).toMatchObject({ kind: 'made', sizeBytes: 8 });
  expect(readdirSync(dir)).toEqual(['x']);
  const { mode, nlink } = statSync(file);
  expect([mode & 0o777, nlink]).toEqual([0o600, 1]);
});

test('a file that another process made meanwhile is not replaced, whether the disk has hard links or not', () => {
  const dir = tempDir();
  const file = join(dir, 'x');
  expect(makeNewFile(file, () => writeFileSync(file, 'precious'))).toEqual({ kind: 'exists', path: file });
  expect([readdirSync(dir), readFileSync(file, 'utf8')]).toEqual([['x'], 'precious']);
  for (const link of [linkSync, noLinks]) {
    const { from, to } = unfinished();
    const isMoved = moveToFreeName(from, to, (...names) => {
      writeFileSync(to, 'precious'); // at the last moment
      link(...names);
    });
    expect([isMoved, readFileSync(to, 'utf8'), existsSync(from)]).toEqual([false, 'precious', true]);
  }
});

test('on a disk without hard links, the file is renamed', () => {
  const { dir, from, to } = unfinished();
  expect(moveToFreeName(from, to, noLinks)).toBe(true);
  expect([readdirSync(dir), readFileSync(to, 'utf8')]).toEqual([['x'], 'complete']);
});

test('a folder that can not be synced, because its user may not read it, is no failure', () => {
  const dir = tempDir();
  const folder = join(dir, 'closed');
  mkdirSync(folder);
  if (process.geteuid?.() === 0) chownSync(folder, nobody, nobody);
  chmodSync(folder, 0o300);
  const made = asNobody(dir, () => makeNewFile(join(folder, 'x'), (part) => writeFileSync(part, 'complete')));
  chmodSync(folder, 0o700);
  expect(made).toMatchObject({ kind: 'made', sizeBytes: 8 });
  expect(readdirSync(folder)).toEqual(['x']);
});
