import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findAccount, privileges } from '../../../src/io/process/privileges.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const isRoot = process.getuid?.() === 0;
const passwd = `root:x:0:0:root:/root:/bin/bash
# a comment
metrics:x:998:997::/var/lib/metrics:/usr/sbin/nologin
1000:x:1234:1234::/home/number:/bin/sh
ann:x:1000:1000:Ann,,,:/home/ann:/bin/sh
homeless:x:1001:1001:::
twin:x:998:5::/twin:
broken:x:
`;

describe('an account', () => {
  test('is found by its name, or by its number', () => {
    const metrics = { name: 'metrics', uid: 998, gid: 997, home: '/var/lib/metrics' };
    expect(findAccount(passwd, 'metrics')).toEqual(metrics);
    expect(findAccount(passwd, '998')).toEqual(metrics);
    expect(findAccount(passwd, '0')?.name).toBe('root');
  });

  test('that is named like a number goes before the one with that number', () => {
    expect(findAccount(passwd, '1000')?.name).toBe('1000');
  });

  test('without a home lives at /', () => {
    expect(findAccount(passwd, 'homeless')?.home).toBe('/');
  });

  test.each(['nobody', 'broken', '# a comment', '', '5', '99999'])('is not found where there is none: %j', (user) => {
    expect(findAccount(passwd, user)).toBeNull();
  });

  test('of this system is found by name and number alike', () => {
    const nobody = privileges.lookUp('nobody');
    expect(nobody).toMatchObject({ name: 'nobody' });
    expect(privileges.lookUp(String(nobody?.uid))).toEqual(nobody);
  });

  test.each(['no-such-user', '', '-x', '--help', 'a:b', 'a b', 'root\nnobody', '4294967294'])(
    'of this system is not found where there is none: %j',
    (user) => {
      expect(privileges.lookUp(user)).toBeNull();
    },
  );
});

describe.skipIf(!isRoot)('a folder made by root for another user (skipped where we are not root)', () => {
  const account = { name: 'metrics', uid: 998, gid: 997, home: '/' };

  test('is theirs alone, and what was missing above it is of root and open to all, whatever the umask', () => {
    const dir = tempDir();
    const umask = process.umask(0o077);
    try {
      expect(privileges.makeFolder(join(dir, 'a', 'b'), 0o700, account)).toBeNull();
    } finally {
      process.umask(umask);
    }
    expect(statSync(join(dir, 'a', 'b'))).toMatchObject({ uid: 998, gid: 997, mode: 0o40700 });
    expect(statSync(join(dir, 'a'))).toMatchObject({ uid: 0, gid: 0, mode: 0o40755 });
  });

  test('that is there already is left as it is', () => {
    const dir = tempDir();
    expect(privileges.makeFolder(dir, 0o755, account)).toBeNull();
    expect(statSync(dir)).toMatchObject({ uid: 0, mode: 0o40700 });
  });

  test('that can not be made is a failure', () => {
    expect(privileges.makeFolder('/proc/no/such', 0o700, account)).toMatch(
      /^the folder \/proc\/no\/such can't be made for metrics: E/,
    );
  });
});

test.skipIf(isRoot)('who is not root can not become another user (skipped for root, who can)', () => {
  expect(privileges.drop({ name: 'root', uid: 0, gid: 0, home: '/' })).toMatch(/^can't become root \(uid 0\): /);
});
