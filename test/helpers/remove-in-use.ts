import { rmSync } from 'node:fs';

/** Removes a file or a directory with all in it, also while an agent makes files there. */
export function removeInUse(path: string): void {
  for (let tries = 1; ; tries += 1)
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || tries === 1_000) throw error;
    }
}
