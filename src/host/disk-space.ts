import type { BlockCounts, HostFiles } from '../io/disk/host-files.ts';
import type { Disk } from './mounts.ts';
import type { AskWithDeadline } from './patience.ts';
import { type HostReading, mib, percent } from './reading.ts';
import type { TakeReading } from './sources.ts';

/**
 * `disk.NAME.*` of one disk under each of its names: `used` = total − free, `available` is what an ordinary user may use.
 * None for a file system without blocks: it has no size.
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

/** Asks all disks at once. One that is dead costs its own readings, and time up to the deadline of `ask`. */
export async function readSpace(
  files: HostFiles,
  ask: AskWithDeadline,
  take: TakeReading,
  disks: readonly Disk[],
): Promise<readonly HostReading[]> {
  const answers = disks.map(async ({ names, mountPoint }) => {
    const counts = take(`statfs ${mountPoint}`, await ask(mountPoint, () => files.statfs(mountPoint)));
    return counts === null ? [] : spaceReadings(names, counts);
  });
  return (await Promise.all(answers)).flat();
}
