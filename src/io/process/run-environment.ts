import { readFileSync } from 'node:fs';
import type { RunEnvironment } from '../../model/trial.ts';
import { octal } from '../../words/octal.ts';

const maybeSecret = /key|token|secret|passw|credential|auth/i;

/**
 * Returns what a script finds around it: user, umask and limits of this process, and `env` and
 * `cwd` as given. The value of a variable that may be a secret is null. Never throws.
 */
export function readRunEnvironment(env: Readonly<Record<string, string | undefined>>, cwd: string): RunEnvironment {
  return {
    user: { uid: process.geteuid?.() ?? null, gid: process.getegid?.() ?? null, groups: process.getgroups?.() ?? [] },
    umask: octal(process.umask()),
    cwd,
    limits: readLimits(),
    env: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, maybeSecret.test(name) ? null : value]],
      ),
    ),
  };
}

/**
 * Reads limits by name: `Max open files` → `1024 / 4096`. Empty if the system does not list them.
 */
function readLimits(): Readonly<Record<string, string>> {
  try {
    const lines = readFileSync('/proc/self/limits', 'latin1').split('\n').slice(1);
    return Object.fromEntries(
      lines.flatMap((line) => {
        const [name, soft, hard] = line.split(/ {2,}/);
        return name && soft && hard ? [[name, `${soft} / ${hard}`]] : [];
      }),
    );
  } catch {
    return {};
  }
}
