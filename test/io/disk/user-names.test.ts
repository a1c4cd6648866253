import { expect, test } from 'vitest';
import { systemFiles } from '../../../src/io/disk/files.ts';
import { nameIn } from '../../../src/io/disk/user-names.ts';

test('a user is named by the first line with its number, and by none of another number or shape', () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\n# a comment\n:x:7\nann:x:10:10\ntoor:x:0:0\n';
  expect([0, 10, 1, 7].map((uid) => nameIn(passwd, uid))).toEqual(['root', 'ann', null, null]);
});

test('the names of this machine are those of its passwd file', () => {
  expect([0, 2 ** 31].map((uid) => systemFiles.userName(uid))).toEqual(['root', null]);
});
