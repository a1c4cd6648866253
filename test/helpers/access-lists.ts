import koffi from 'koffi';
import { expect } from 'vitest';

/** Gives a file or folder an access list that lets a user or a group write it, as `setfacl`. */
export function letWrite(path: string, { user, group }: { user?: number; group?: number }): void {
  const none = 0xffffffff;
  const rows = [
    [0x01, 7, none],
    ...(user === undefined ? [] : [[0x02, 7, user]]),
    [0x04, 5, none],
    ...(group === undefined ? [] : [[0x08, 7, group]]),
    [0x10, 7, none],
    [0x20, 5, none],
  ] as const;
  const list = Buffer.alloc(4 + rows.length * 8);
  list.writeUInt32LE(2, 0);
  for (const [index, [tag = 0, permissions = 0, id = 0]] of rows.entries()) {
    list.writeUInt16LE(tag, 4 + index * 8);
    list.writeUInt16LE(permissions, 6 + index * 8);
    list.writeUInt32LE(id, 8 + index * 8);
  }
  const setxattr = koffi.load(null).func('int setxattr(const char *, const char *, void *, size_t, int)');
  expect(setxattr(path, 'system.posix_acl_access', list, list.length, 0)).toBe(0);
}
