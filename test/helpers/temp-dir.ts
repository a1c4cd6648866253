import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { secretsBelow } from './secrets.ts';

/**
 * A private folder (mode 0700) that is gone when the test is over. The test fails if anything in
 * it then holds one of the tests' secrets, configuration files aside. A test that runs beside
 * others of its file hands in its own `onTestFinished`.
 */
export function tempDir(whenFinished: (fn: () => void) => void = onTestFinished): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), `instrument-test-${process.pid}-`)));
  whenFinished(() => {
    chmodSync(dir, 0o700);
    const leaks = secretsBelow(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    if (leaks.length > 0) throw new Error(`a secret was written where it must not be: ${leaks.join('; ')}`);
  });
  return dir;
}
