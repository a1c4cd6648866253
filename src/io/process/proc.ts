import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/*
 * Looks into `/proc`. What is not there, because the process has ended or this is not Linux, is
 * empty, and so is what another user hides. Nothing here throws.
 */

/** Returns the ids of all processes, as text. */
export function pidsInProc(): readonly string[] {
  return (namesIn('/proc') ?? []).filter((entry) => /^\d+$/.test(entry));
}

/** Returns the names in a directory; null: it can't be read. */
export function namesIn(dir: string): readonly string[] | null {
  try {
    return readdirSync(dir);
  } catch {
    return null;
  }
}

/** Returns the text of a file. */
export function procText(path: string, encoding: 'latin1' | 'utf8'): string {
  try {
    return readFileSync(path, encoding);
  } catch {
    return '';
  }
}

/** Returns where a link leads. */
export function linkTargetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/**
 * Returns how many files a process may have open, from the text of its `limits`. Null: there is no
 * limit, or it is not known.
 */
export function openFilesLimit(limits: string): number | null {
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? null : Number(soft);
}
