import { readFileSync } from 'node:fs';
import type { RunEnvironment } from '../../model/trial.ts';

const maybeSecret = /key|token|secret|passw|credential|auth/i;

/** What this process finds around it, with `env` and `cwd` as the scripts get them. Never throws. */
export function readRunEnvironment(env: Readonly<Record<string, string | undefined>>, cwd: string): RunEnvironment {
  return {
    user: { uid: process.geteuid?.() ?? null, gid: process.getegid?.() ?? null, groups: process.getgroups?.() ?? [] },
    umask: process.umask().toString(8).padStart(4, '0'),
    cwd,
    limits: readLimits(),
    env: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, maybeSecret.test(name) ? null : value]],
      ),
    ),
  };
}

/** `Max open files` → `1024 / 4096`. */
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
