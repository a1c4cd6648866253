import type { Clock } from '../io/clock.ts';
import type { HostFiles } from '../io/disk/host-files.ts';
import { createAskWithDeadline } from './ask-with-deadline.ts';
import { type CpuTimes, cpuReadings, readCpu } from './cpu.ts';
import { readSpace } from './disk-space.ts';
import { type BusyReading, readDiskstats, utilizationReadings } from './disk-utilization.ts';
import { readLoad } from './load.ts';
import { memoryReadings, readMemory } from './memory.ts';
import { disksAmong, readMounts } from './mounts.ts';
import { readOpenFiles } from './open-files.ts';
import type { HostReading } from './reading.ts';
import type { ValueOrReport } from './value-or-report.ts';

/** How long one mount may take to answer. */
const statfsDeadlineMs = 1000;

/** One of the four threads of Node's pool stays free, for example to look up host names. */
const statfsAtOnce = 3;

/**
 * Reads host metrics from `/proc` and `statfs`, by one call a tick, without a child process. Done
 * after one second at the latest; never rejects. `cpu.*` and `percent_utilization` need two
 * readings and come from the second call on.
 */
export function createLinuxHost(
  edges: { readonly clock: Clock; readonly files: HostFiles },
  valueOrReport: ValueOrReport,
): () => Promise<readonly HostReading[]> {
  const { clock, files } = edges;
  const ask = createAskWithDeadline(clock, statfsDeadlineMs, statfsAtOnce);
  let cpuBefore: CpuTimes | null = null;
  let busyBefore: BusyReading | null = null;

  function cpu(): readonly HostReading[] {
    const now = valueOrReport('/proc/stat', readCpu(files));
    const readings = cpuBefore && now ? cpuReadings(cpuBefore, now) : [];
    cpuBefore = now ?? cpuBefore;
    return readings;
  }

  function memory(): readonly HostReading[] {
    const now = valueOrReport('/proc/meminfo', readMemory(files));
    return now ? memoryReadings(now) : [];
  }

  return async () => {
    const busyMs = valueOrReport('/proc/diskstats', readDiskstats(files));
    const busyNow = busyMs && { atMs: clock.monotonicMs(), busyMs };
    const disks = disksAmong(valueOrReport('/proc/self/mountinfo', readMounts(files)) ?? []);
    const readings = [
      ...cpu(),
      ...(valueOrReport('/proc/loadavg', readLoad(files)) ?? []),
      ...memory(),
      ...(valueOrReport('/proc/sys/fs/file-nr', readOpenFiles(files)) ?? []),
      ...(busyBefore && busyNow ? utilizationReadings(disks, busyBefore, busyNow, files.realPath) : []),
    ];
    busyBefore = busyNow ?? busyBefore;
    return [...readings, ...(await readSpace(files, ask, valueOrReport, disks))];
  };
}
