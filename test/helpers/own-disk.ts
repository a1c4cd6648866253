import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempDir } from './temp-dir.ts';

/** Why no file system of a file of its own can be mounted here. Null: one can. Needs root. */
export const noOwnDisk: string | null =
  process.getuid?.() !== 0
    ? 'only root can mount'
    : spawnSync('sh', ['-c', 'command -v mkfs.ext4 && losetup --find']).status === 0
      ? null
      : 'no loop device, or no mkfs.ext4';

/** A disk that goes bad while it is in use. */
export type OwnDisk = {
  /** Does what the kernel does after an error of the disk: nothing is written any more (EROFS). */
  makeReadOnly(): void;
  /** Takes it from its place. What is open on it stays open. */
  vanish(): void;
};

/** Mounts an ext4 of 16 MiB at a directory, which is made with mode 0700. */
export function mountOwnDisk(dir: string): OwnDisk {
  const image = join(tempDir(), 'image');
  execFileSync('truncate', ['-s', '16M', image]);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', image]);
  mkdirSync(dir, { mode: 0o700 });
  execFileSync('mount', ['-o', 'loop,errors=remount-ro', image, dir]);
  let isMounted = true;
  const vanish = () => {
    if (isMounted) execFileSync('umount', ['--lazy', dir]);
    isMounted = false;
  };
  onTestFinished(vanish);
  const device = execFileSync('findmnt', ['-no', 'SOURCE', dir], { encoding: 'utf8' }).trim();
  rmdirSync(join(dir, 'lost+found'));
  execFileSync('chmod', ['0700', dir]);
  return {
    makeReadOnly: () => writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, '1'),
    vanish,
  };
}
