import { libc } from '../libc.ts';

/** Who may write a file by its access list (POSIX ACL), beside owner, owning group and others. */
export type AccessList = {
  /** Named users. */
  readonly users: readonly number[];
  /** Named groups, and the owning one as `null`. */
  readonly groups: readonly (number | null)[];
};

const listName = 'system.posix_acl_access';
const [entryBytes, headBytes, write] = [8, 4, 2];
const [namedUser, owningGroup, namedGroup, mask] = [0x02, 0x04, 0x08, 0x10];

/**
 * Reads who may write a file by its access list. Null: it has none, or it can't be read here
 * because the C library is not bound. Never throws.
 */
export function accessListAt(path: string): AccessList | null {
  const bytes = libc()?.attribute(path, listName) ?? null;
  return bytes && writersIn(bytes);
}

/** Reads who may write, from an access list as Linux keeps it. */
export function writersIn(bytes: Uint8Array): AccessList {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [users, groups]: [number[], (number | null)[]] = [[], []];
  let allowed = write;
  for (let at = headBytes; at + entryBytes <= bytes.length; at += entryBytes) {
    const [tag, permissions, id] = [
      view.getUint16(at, true),
      view.getUint16(at + 2, true),
      view.getUint32(at + 4, true),
    ];
    if (tag === mask) allowed = permissions & write;
    if ((permissions & write) === 0) continue;
    if (tag === namedUser) users.push(id);
    if (tag === owningGroup) groups.push(null);
    if (tag === namedGroup) groups.push(id);
  }
  return allowed === 0 ? { users: [], groups: [] } : { users, groups };
}

/**
 * Whether a file has capabilities, which give its process rights that its user has not. Null: that
 * can't be read here. Never throws.
 */
export function hasCapabilities(path: string): boolean | null {
  const library = libc();
  return library && library.attribute(path, 'security.capability') !== null;
}
