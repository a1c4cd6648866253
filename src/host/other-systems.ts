import type { Clock } from '../io/clock.ts';
import type { LibraryDisk, LibraryLoad, LibraryMemory, LibraryOpenFiles, OtherSystem } from '../io/disk/host-files.ts';
import { loadReadings } from './load.ts';
import { memoryReadings } from './memory.ts';
import { diskName } from './mounts.ts';
import { openFilesReadings } from './open-files.ts';
import { createAskWithDeadline } from './patience.ts';
import { type HostReading, mib, percent } from './reading.ts';
import type { TakeReading } from './sources.ts';

const libraryDeadlineMs = 5000; // it starts other programs, PowerShell among them

/** `cpu.*` without `iowait`, which the library does not know; each 0 to 100. */
export function libraryCpu(load: LibraryLoad): readonly HostReading[] {
  const within = (value: number) => Math.min(100, Math.max(0, value));
  return [
    ['cpu.user', within(load.currentLoadUser)],
    ['cpu.nice', within(load.currentLoadNice)],
    ['cpu.system', within(load.currentLoadSystem)],
    ['cpu.idle', within(load.currentLoadIdle)],
    ['cpu.in_use', within(100 - load.currentLoadIdle)],
  ];
}

/** `memory.*` and `swap.*`. No `buffers` and `cached` where the library has 0 for them: there it stands for "not known". */
export function libraryMemory(memory: LibraryMemory): readonly HostReading[] {
  return memoryReadings({
    total: memory.total,
    free: memory.free,
    available: memory.available,
    buffers: memory.buffers || null,
    cached: memory.cached || null,
    swapTotal: memory.swaptotal,
    swapFree: memory.swapfree,
  });
}

/** `disk.NAME.*` of devices (`/dev/…`) and drive letters: `C:` is `C`, `/` is `root` too. `used` is what the library says. */
export function libraryDisks(disks: readonly LibraryDisk[]): readonly HostReading[] {
  const readings = new Map<string, number>();
  for (const { fs, mount, size, used, available } of disks.filter(isDisk)) {
    for (const name of mount === '/' ? ['root', diskName(fs)] : [diskName(fs.replace(/:$/, ''))]) {
      if (readings.has(`disk.${name}.total_mb`)) continue; // mounted more than once
      readings.set(`disk.${name}.total_mb`, mib(size));
      readings.set(`disk.${name}.used_mb`, mib(used));
      readings.set(`disk.${name}.available_mb`, mib(available));
      readings.set(`disk.${name}.available_percent`, percent(available, size));
    }
  }
  return [...readings];
}

function isDisk({ fs, size }: LibraryDisk): boolean {
  return size > 0 && (fs.startsWith('/dev/') || /^[A-Za-z]:$/.test(fs));
}

/** `filesystem.*`; none where the system does not count open files (Windows). */
export function libraryOpenFiles(files: LibraryOpenFiles): readonly HostReading[] {
  return files && files.allocated !== null && files.max !== null ? openFilesReadings(files.allocated, files.max) : [];
}

/**
 * Reads what `systeminformation` tells, by one call a tick, under the names Linux has; the library is loaded on the first
 * call. Done after five seconds at the latest; never rejects. `cpu.*` comes from the second call on. There is no
 * `percent_utilization`.
 */
export function createOtherHost(
  edges: { readonly clock: Clock; readonly platform: string; readonly otherSystem: OtherSystem },
  take: TakeReading,
): () => Promise<readonly HostReading[]> {
  const ask = createAskWithDeadline(edges.clock, libraryDeadlineMs, 4);
  let isFirst = true;

  return async () => {
    const load = edges.platform === 'win32' ? [] : loadReadings(edges.otherSystem.loadAverages());
    const library = take('systeminformation', await edges.otherSystem.library());
    if (library === null) return load;
    const [cpu, memory, disks, files] = await Promise.all([
      ask('currentLoad', library.currentLoad),
      ask('mem', library.mem),
      ask('fsSize', library.fsSize),
      ask('fsOpenFiles', library.fsOpenFiles),
    ]);
    const cpuNow = take('systeminformation currentLoad', cpu);
    const memoryNow = take('systeminformation mem', memory);
    const readings = [
      ...load,
      ...(cpuNow && !isFirst ? libraryCpu(cpuNow) : []),
      ...(memoryNow ? libraryMemory(memoryNow) : []),
      ...libraryDisks(take('systeminformation fsSize', disks) ?? []),
      ...libraryOpenFiles(take('systeminformation fsOpenFiles', files)),
    ];
    if (cpuNow) isFirst = false; // the first answer covers the time since boot
    return readings;
  };
}
