import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writePlugin } from './install-plugin.ts';

/**
 * Writes the plugin `counted`, which prints how often it has run: `n 1`, `n 2`, … It counts in
 * `dir`. `isDoubled` says whether two of it ever ran at a time.
 */
export function countedPlugin(scripts: string, dir: string): { isDoubled(): boolean } {
  const at = (name: string) => `'${join(dir, name)}'`;
  const body = `#!/bin/sh
mkdir ${at('running')} || { echo doubled >> ${at('doubled')}; exit 1; }
n=$(cat ${at('n')} 2>/dev/null || echo 0); n=$((n + 1)); echo $n > ${at('n')}; echo "n $n"
rmdir ${at('running')}
`;
  writePlugin(scripts, 'counted', body);
  return { isDoubled: () => existsSync(join(dir, 'doubled')) };
}

/** The numbers that arrived from `counted` of the host `h`, in order of arrival. */
export function countedValues(lines: readonly string[]): readonly number[] {
  return lines.flatMap((line) => /^gauge h\.counted\.n (\d+) /.exec(line)?.[1] ?? []).map(Number);
}

/** 1, 2, … `last`. */
export const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1);
