import type { HostFiles } from '../io/disk/host-files.ts';
import { err, ok, type Result } from '../model/result.ts';
import { type Disk, diskName } from './mounts.ts';
import { type HostReading, parseCount, percent } from './reading.ts';

/**
 * How long each block device has been busy since boot, in ms, by its `major:minor` and by its
 * kernel name.
 */
export type BusyTimes = ReadonlyMap<string, number>;

/** Busy times, and when they were read, in ms of a clock that only moves forward. */
export type BusyReading = { readonly atMs: number; readonly busyMs: BusyTimes };

/**
 * Parses field 13 of `/proc/diskstats`. Malformed lines are left out; an error if all are
 * malformed. An empty file is not an error: the host has no disks.
 */
export function parseDiskstats(text: string): Result<BusyTimes, string> {
  const busyMs = new Map<string, number>();
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const [major, minor, name] = words;
    const busy = parseCount(words[12]);
    if (name === undefined || busy === null) continue;
    busyMs.set(`${major}:${minor}`, busy);
    busyMs.set(name, busy);
  }
  return busyMs.size > 0 || text.trim() === '' ? ok(busyMs) : err('it has no line with at least 13 fields');
}

/** Reads `/proc/diskstats`. */
export function readDiskstats(files: HostFiles): Result<BusyTimes, string> {
  const text = files.read('diskstats');
  return text.ok ? parseDiskstats(text.value) : text;
}

/**
 * Returns `disk.NAME.percent_utilization`: the share of the time between two readings in which the
 * device was busy, 0 to 100. None for a device that was not there before, or whose counter went
 * back (it has 32 bits). `realPath` finds the device behind a link, for file systems whose number
 * is not their device's.
 */
export function utilizationReadings(
  disks: readonly Disk[],
  before: BusyReading,
  now: BusyReading,
  realPath: (path: string) => string,
): readonly HostReading[] {
  const elapsedMs = now.atMs - before.atMs;
  if (elapsedMs <= 0) return [];
  return disks.flatMap((disk): readonly HostReading[] => {
    const key = keyOf(disk, now.busyMs, realPath);
    const busyBefore = before.busyMs.get(key);
    const busyNow = now.busyMs.get(key);
    if (busyBefore === undefined || busyNow === undefined || busyNow < busyBefore) return [];
    const utilization = Math.min(100, percent(busyNow - busyBefore, elapsedMs));
    return disk.names.map((name): HostReading => [`disk.${name}.percent_utilization`, utilization]);
  });
}

function keyOf({ number, source }: Disk, busyMs: BusyTimes, realPath: (path: string) => string): string {
  return busyMs.has(number) || !source.startsWith('/dev/') ? number : diskName(realPath(source));
}
