import { chmodSync } from 'node:fs';
import { userInfo } from 'node:os';

const nobody = 65_534;

/**
 * Does something as a user who is not root, and gives what it gave: root may read whatever it
 * likes. `dir` is opened for that user to enter. Where the tests do not run as root, the user
 * stays. `user` is the name of the one who acts, or the number where it has none.
 */
export function asNobody<Value>(dir: string, act: (user: string) => Value): Value {
  const isRoot = process.geteuid?.() === 0;
  if (!isRoot) return act(userName());
  chmodSync(dir, 0o755);
  process.seteuid?.(nobody);
  try {
    return act(userName());
  } finally {
    process.seteuid?.(0);
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.());
  }
}
