import { readFileSync } from 'node:fs';

/**
 * Returns the name of the user with this number in `/etc/passwd`; null if there is none. For
 * sentences: costs one read of that file, and never starts a process. Never throws.
 */
export function userName(uid: number): string | null {
  return nameIn(readPasswd(), uid);
}

/** Returns the first name in a passwd file with this number; null if there is none. */
export function nameIn(passwd: string, uid: number): string | null {
  for (const line of passwd.split('\n')) {
    const [name = '', , number = ''] = line.split(':');
    if (name !== '' && number === String(uid)) return name;
  }
  return null;
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
