import { lchownSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogFile } from '../../../src/io/disk/log-file.ts';
import { pidFiles } from '../../../src/io/disk/pid-file.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const isRoot = process.getuid?.() === 0;

/** A file that someone wants overwritten, and a link to it. */
function linked() {
  const dir = tempDir();
  const [target, link] = [join(dir, 'target'), join(dir, 'link')];
  writeFileSync(target, 'mine\n');
  symlinkSync(target, link);
  return { target, link };
}

test('a link in the place of a pid file is replaced, and what it leads to stays as it was', () => {
  const { target, link } = linked();
  expect(pidFiles.claim(link, '17\n', () => false)).toEqual({ ok: true, value: { heldBy: null } });
  expect([readFileSync(target, 'utf8'), readFileSync(link, 'utf8')]).toEqual(['mine\n', '17\n']);
  expect(lstatSync(link).isSymbolicLink()).toBe(false);
});

test('a link of our own in the place of a log file is followed', () => {
  const { target, link } = linked();
  const log = openLogFile(link, () => 1e6);
  if (!log.ok) throw new Error(log.error);
  log.value.write('a line\n');
  log.value.close();
  expect(readFileSync(target, 'utf8')).toBe('mine\na line\n');
});

// Only root can make a link of another user.
test.skipIf(!isRoot)('a link of another user in the place of a log file is refused, and nothing is written', () => {
  const { target, link } = linked();
  lchownSync(link, 65_534, 65_534);
  expect(openLogFile(link, () => 1e6)).toEqual({
    ok: false,
    error: `the log file ${link} is a link of another user, who could have it lead to any file; remove it`,
  });
  expect(readFileSync(target, 'utf8')).toBe('mine\n');
});
