import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder that is gone when the tests of the file are over. */
export function folderForFile(): string {
  const dir = mkdtempSync(join(tmpdir(), `instrument-test-${process.pid}-`));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** What `npm run package:deb` builds with these words behind it, into `out`: the paths. */
export function buildDebs(out: string, words: readonly string[]): readonly string[] {
  const args = ['--import', 'tsx', 'packaging/build-deb.ts', '--out', out, ...words];
  const printed = execFileSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  });
  return printed.trim().split('\n');
}
