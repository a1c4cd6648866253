import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

/** The words of a command line and its environment. */
export type CommandLine = { readonly args: readonly string[]; readonly env?: Record<string, string> };

/** How a command line ended, and what it said on stderr. */
export type RefusedCommand = { readonly status: number; readonly stderr: string };

/**
 * Runs command lines of the program that it refuses, in one process and in this order. `dir` is a
 * folder for that.
 */
export function runRefused(dir: string, lines: readonly CommandLine[]): readonly RefusedCommand[] {
  const child = fileURLToPath(new URL('command-lines-child.ts', import.meta.url));
  const { stderr } = spawnSync(process.execPath, [bundle(child, dir)], {
    input: JSON.stringify(lines.map(({ args, env = {} }) => ({ args, env }))),
    env: { PATH: process.env['PATH'] ?? '' },
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const parts = stderr.split('\0');
  return lines.map((_, index) => ({ stderr: parts[2 * index] ?? '', status: Number(parts[2 * index + 1]) }));
}
