import { expect, test } from 'vitest';
import { writersIn } from '../../../src/io/disk/access-list.ts';
import { groupIn } from '../../../src/io/disk/groups.ts';

const groups = 'root:x:0:\n# devs:x:50:no\ndevs:x:50:ann,bob\nempty:x:51:\n';
const passwd = 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\ncat:x:1002:50::/:/bin/sh\n';

test('the members of a group are those that the group file lists and those whose primary group it is', () => {
  expect(groupIn(groups, passwd, 50)).toEqual({
    name: 'devs',
    members: [
      { name: 'ann', uid: 1000 },
      { name: 'bob', uid: null },
      { name: 'cat', uid: 1002 },
    ],
    primaryOf: [1002],
  });
  expect(groupIn(groups, passwd, 51)).toEqual({ name: 'empty', members: [], primaryOf: [] });
});

test('a group that is not in the group file has no name, though users may have it', () => {
  expect(groupIn(groups, passwd, 1000)).toEqual({
    name: null,
    members: [{ name: 'ann', uid: 1000 }],
    primaryOf: [1000],
  });
});

/** An access list as Linux keeps it: its version, then tag, permissions and id of each entry. */
function listOf(...entries: readonly (readonly [tag: number, permissions: number, id?: number])[]): Uint8Array {
  const bytes = Buffer.alloc(4 + entries.length * 8);
  bytes.writeUInt32LE(2, 0);
  for (const [index, [tag, permissions, id = 0xffffffff]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + index * 8);
    bytes.writeUInt16LE(permissions, 6 + index * 8);
    bytes.writeUInt32LE(id, 8 + index * 8);
  }
  return bytes;
}

test('an access list lets write whom it names with that right, as far as its mask lets', () => {
  const entries = [
    [0x01, 7],
    [0x02, 6, 1001],
    [0x02, 5, 1002],
    [0x04, 7],
    [0x08, 2, 50],
  ] as const;
  expect(writersIn(listOf(...entries, [0x10, 7]))).toEqual({ users: [1001], groups: [null, 50] });
  expect(writersIn(listOf(...entries, [0x10, 5]))).toEqual({ users: [], groups: [] });
});
