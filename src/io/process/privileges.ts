import { execFileSync } from 'node:child_process';
import { closeSync, constants, fchmodSync, fchownSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../errors.ts';

/** A user of this machine. `home` is absolute. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number; readonly home: string };

/**
 * Changes this process's user for good. A failure is a sentence for the user, null means success.
 * Nothing throws.
 */
export type Privileges = {
  /** Returns the account with this user name or number; null if there is none. */
  lookUp(user: string): Account | null;
  /**
   * Makes a folder for that user, with this mode, if it is missing. Folders above it are made for
   * root, with mode 0755. Does not change a folder that exists.
   */
  makeFolder(path: string, mode: number, account: Account): string | null;
  /**
   * Gives up supplementary groups, group and user, in this order, and checks that they are gone.
   */
  drop(account: Account): string | null;
};

/** Looks users up in `/etc/passwd`, then by `getent` (LDAP and the like). */
export const privileges: Privileges = {
  lookUp(user) {
    if (!/^[^\s:-][^\s:]*$/.test(user)) return null;
    return findAccount(readPasswd(), user) ?? findAccount(askGetent(user), user);
  },
  makeFolder(path, mode, account) {
    try {
      makeFolder(path, mode, account);
      return null;
    } catch (error) {
      return `the folder ${path} can't be made for ${account.name}: ${codeOf(error)}`;
    }
  },
  drop(account) {
    try {
      return drop(account);
    } catch (error) {
      return `can't become ${account.name} (uid ${account.uid}): ${codeOf(error)}`;
    }
  },
};

/**
 * Returns the account in a passwd file named `user`, or else the first one with that number. Never
 * throws.
 */
export function findAccount(passwd: string, user: string): Account | null {
  const accounts = passwd.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
    if (name === '' || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home: home.startsWith('/') ? home : '/' }];
  });
  const isNumber = /^\d+$/.test(user);
  return (
    accounts.find(({ name }) => name === user) ?? accounts.find(({ uid }) => isNumber && uid === Number(user)) ?? null
  );
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}

function askGetent(user: string): string {
  try {
    return execFileSync('getent', ['passwd', user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

function makeFolder(path: string, mode: number, { uid, gid }: Account) {
  if (isThere(path)) return;
  makeAbove(dirname(path));
  makeOwned(path, mode, uid, gid);
}

function makeAbove(path: string) {
  if (isThere(path)) return;
  makeAbove(dirname(path));
  makeOwned(path, 0o755, 0, 0);
}

function makeOwned(path: string, mode: number, uid: number, gid: number) {
  mkdirSync(path, 0o700);
  // The owner of the folder above may have put a link there meanwhile.
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(fd, mode); // the umask does not count
    fchownSync(fd, uid, gid);
  } finally {
    closeSync(fd);
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function drop({ name, uid, gid }: Account): string | null {
  initGroups(name, gid);
  process.setgid?.(gid);
  process.setuid?.(uid);
  const groups = process.getgroups?.() ?? [];
  const isDropped =
    process.getuid?.() === uid &&
    process.geteuid?.() === uid &&
    process.getgid?.() === gid &&
    process.getegid?.() === gid;
  if (!isDropped || !groups.includes(gid))
    return `can't become ${name} (uid ${uid}): the system did not change the user`;
  return uid !== 0 && canReturn()
    ? `can't become ${name} (uid ${uid}): this process could still become root again`
    : null;
}

/** Node has this function on POSIX systems, but its types do not. */
function initGroups(name: string, gid: number) {
  if ('initgroups' in process && typeof process.initgroups === 'function') process.initgroups(name, gid);
}

function canReturn(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}
