import type { Clock } from '../io/clock.ts';
import type { LibraryDisk, LibraryLoad, LibraryMemory, LibraryOpenFiles, OtherSystem } from '../io/disk/host-files.ts';
import { createAskWithDeadline } from './ask-with-deadline.ts';
import { loadReadings } from './load.ts';
import { memoryReadings } from './memory.ts';
import { diskName } from './mounts.ts';
import { openFilesReadings } from './open-files.ts';
import { type HostReading, mib, percent } from './reading.ts';
import type { ValueOrReport } from './value-or-report.ts';

const libraryDeadlineMs = 5000; // the library starts other programs, such as PowerShell

const mostLibraryQuestions = 4;

/** Returns `cpu.*`, each 0 to 100. There is no `iowait`, which the library does not have. */
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

/**
 * Returns `memory.*` and `swap.*`. A 0 for `buffers` or `cached` means "not known", and they are
 * left out.
 */
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

/**
 * Returns `disk.NAME.*` of devices (`/dev/…`) and drive letters. `C:` is called `C`, and `/` is
 * called `root` too. `used` is what the library says.
 */
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

/** Returns `filesystem.*`; none if the system does not count open files (Windows). */
export function libraryOpenFiles(files: LibraryOpenFiles): readonly HostReading[] {
  return files && files.allocated !== null && files.max !== null ? openFilesReadings(files.allocated, files.max) : [];
}

/**
 * Reads host metrics from the library `systeminformation`, by one call a tick, under the names
 * that they have on Linux. The first call loads the library. Done after five seconds at the
 * latest; never rejects. `cpu.*` comes from the second call on. There is no
 * `percent_utilization`.
 */
export function createOtherHost(
  edges: { readonly clock: Clock; readonly platform: string; readonly otherSystem: OtherSystem },
  valueOrReport: ValueOrReport,
): () => Promise<readonly HostReading[]> {
  const ask = createAskWithDeadline(edges.clock, libraryDeadlineMs, mostLibraryQuestions);
  let isFirst = true;

  return async () => {
    const load = edges.platform === 'win32' ? [] : loadReadings(edges.otherSystem.loadAverages());
    const library = valueOrReport('systeminformation', await edges.otherSystem.library());
    if (library === null) return load;
    const [cpu, memory, disks, files] = await Promise.all([
      ask('currentLoad', library.currentLoad),
      ask('mem', library.mem),
      ask('fsSize', library.fsSize),
      ask('fsOpenFiles', library.fsOpenFiles),
    ]);
    const cpuNow = valueOrReport('systeminformation currentLoad', cpu);
    const memoryNow = valueOrReport('systeminformation mem', memory);
    const readings = [
      ...load,
      ...(cpuNow && !isFirst ? libraryCpu(cpuNow) : []),
      ...(memoryNow ? libraryMemory(memoryNow) : []),
      ...libraryDisks(valueOrReport('systeminformation fsSize', disks) ?? []),
      ...libraryOpenFiles(valueOrReport('systeminformation fsOpenFiles', files)),
    ];
    if (cpuNow) isFirst = false; // the first answer covers the time since boot
    return readings;
  };
}
