import { expect, test } from 'vitest';
import { writersIn } from '../../../src/io/disk/access-list.ts';

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
