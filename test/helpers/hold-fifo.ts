import { execFileSync } from 'node:child_process';
import { constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempDir } from './temp-dir.ts';

/**
 * A FIFO that scripts wait on: each line that is written lets one of them end. At the end of the
 * test all of them go.
 */
export function holdFifo(): { readonly path: string; release(count?: number): void } {
  const path = join(tempDir(), 'hold');
  execFileSync('mkfifo', ['-m', '600', path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK); // never closed: late readers find their line
  const release = (count = 1) => void writeSync(fd, '\n'.repeat(count));
  onTestFinished(() => release(1000));
  return { path, release };
}
