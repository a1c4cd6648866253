import { execFile } from 'node:child_process';
import { chownSync } from 'node:fs';
import { promisify } from 'node:util';
import { tempDir } from '../../helpers/temp-dir.ts';
import { findProgram, type WhenFinished } from './server.ts';

const nobody = 65534;
const isRoot = process.getuid?.() === 0;

/**
 * A command, and what must stand before it so that it does not run as root: MariaDB and PostgreSQL
 * refuse that.
 */
export function asNobody(program: string, args: readonly string[]): readonly [string, readonly string[]] {
  if (!isRoot) return [program, args];
  return [
    findProgram('setpriv') ?? '',
    [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--', program, ...args],
  ];
}

/** A private folder for such a command. */
export function dirOfNobody(whenFinished: WhenFinished): string {
  const dir = tempDir(whenFinished);
  if (isRoot) chownSync(dir, nobody, nobody);
  return dir;
}

/** Runs such a command to its end, in `dir`. Throws, with what it printed, if it fails. */
export async function runAsNobody(dir: string, program: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(...asNobody(program, args), {
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '', HOME: dir },
  });
}

/** True if a command ends with status 0. */
export async function succeeds(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  try {
    await promisify(execFile)(program, args, { env: { PATH: process.env['PATH'] ?? '', ...env } });
    return true;
  } catch {
    return false;
  }
}
