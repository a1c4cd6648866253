import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Only root can mount, and not in every container. */
export const canMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;

/** A disk for a directory, which it makes, that can be filled and emptied: 3 MiB. */
export function smallDisk(dir: string) {
  mkdirSync(dir, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=0700', 'tmpfs', dir]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', dir])); // runs before the home's own clean-up: the last one registered is the first
  const filler = join(dir, 'filler');
  return {
    fill() {
      const file = openSync(filler, 'w');
      try {
        for (let size = 65_536; size >= 1; size = Math.floor(size / 4)) writeUntilFull(file, size);
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(filler),
  };
}

function writeUntilFull(file: number, size: number): void {
  try {
    for (;;) writeSync(file, Buffer.alloc(size));
  } catch {
    // full, but for less than this
  }
}
