import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A folder for the packages of a whole file of tests. What comes with it removes it: `beforeAll`
 * takes that as its return value.
 */
export function packageFolder(): { readonly out: string; readonly remove: () => void } {
  const out = mkdtempSync(join(tmpdir(), `instrument-test-${process.pid}-`));
  return { out, remove: () => rmSync(out, { recursive: true, force: true }) };
}

/** What `npm run package -- --quick` builds with these words behind it, into `out`: the paths. */
export function buildPackages(out: string, words: readonly string[]): readonly string[] {
  const args = ['--import', 'tsx', 'packaging/build.ts', '--quick', '--out', out, ...words];
  const printed = execFileSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  });
  return printed.trim().split('\n').slice(0, -1); // the last one is SHA256SUMS
}
