import { readFileSync } from 'node:fs';
import { fingerprintAt } from './fingerprint.ts';

/** A user as the files of the system name one. `uid` null: the name has no entry in passwd. */
export type GroupMember = { readonly name: string; readonly uid: number | null };

/** A group as `/etc/group` and `/etc/passwd` know it. */
export type GroupFacts = {
  /** Null: the group is not in `/etc/group`, so its members are not known. */
  readonly name: string | null;
  /** Who has it as a further group, or as the primary one. */
  readonly members: readonly GroupMember[];
  /** The users whose primary group it is. */
  readonly primaryOf: readonly number[];
};

const [groupPath, passwdPath] = ['/etc/group', '/etc/passwd'];

/**
 * Looks a group up in `/etc/group` and `/etc/passwd`. Costs one read of each. What only a
 * directory service knows is not seen. Never throws.
 */
export function groupFacts(gid: number): GroupFacts {
  return groupIn(read(groupPath), read(passwdPath), gid);
}

/** Stays the same until one of the two files is changed. Never throws. */
export function groupsFingerprint(): string {
  return `${fingerprintAt(groupPath)} ${fingerprintAt(passwdPath)}`;
}

/** Looks a group up in the text of a group file and of a passwd file. */
export function groupIn(groupFile: string, passwd: string, gid: number): GroupFacts {
  const users = rowsOf(passwd).map(([name = '', , uid, primaryGid]) => ({ name, uid: Number(uid), primaryGid }));
  const rows = rowsOf(groupFile).filter(([, , number]) => number === String(gid));
  const primary = users.filter(({ primaryGid }) => primaryGid === String(gid));
  const names = new Set(rows.flatMap(([, , , members = '']) => members.split(',')).filter((name) => name !== ''));
  for (const { name } of primary) names.add(name);
  return {
    name: rows[0]?.[0] ?? null,
    members: Array.from(names, (name) => ({ name, uid: users.find((user) => user.name === name)?.uid ?? null })),
    primaryOf: primary.map(({ uid }) => uid),
  };
}

function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim().split(':'))
    .filter(([name = '']) => name !== '' && !name.startsWith('#'));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
