import type { BlockCounts, HostFiles } from '../io/disk/host-files.ts';
import type { AskWithDeadline } from './ask-with-deadline.ts';
import type { Disk } from './mounts.ts';
import { type HostReading, mib, percent } from './reading.ts';
import type { ValueOrReport } from './value-or-report.ts';

/**
 * Returns `disk.NAME.*` of one disk, under each of its names. `used` is total − free; `available`
 * is what an ordinary user can use. None for a file system without blocks, because it has no size.
 */
export function spaceReadings(names: readonly string[], counts: BlockCounts): readonly HostReading[] {
  const { bsize, blocks, bfree, bavail } = counts;
  if (blocks === 0) return [];
  return names.flatMap((name): readonly HostReading[] => [
    [`disk.${name}.total_mb`, mib(blocks * bsize)],
    [`disk.${name}.used_mb`, mib((blocks - bfree) * bsize)],
    [`disk.${name}.available_mb`, mib(bavail * bsize)],
    [`disk.${name}.available_percent`, percent(bavail, blocks)],
  ]);
}

/**
 * Reads the space of all disks at the same time. A disk that does not answer has no readings, and
 * delays the others' until the deadline of `ask`.
 */
export async function readSpace(
  files: HostFiles,
  ask: AskWithDeadline,
  valueOrReport: ValueOrReport,
  disks: readonly Disk[],
): Promise<readonly HostReading[]> {
  const answers = disks.map(async ({ names, mountPoint }) => {
    const counts = valueOrReport(`statfs ${mountPoint}`, await ask(mountPoint, () => files.statfs(mountPoint)));
    return counts === null ? [] : spaceReadings(names, counts);
  });
  return (await Promise.all(answers)).flat();
}
