import { expect, test } from 'vitest';
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
