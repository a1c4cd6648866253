import type { HostFiles } from '../io/disk/host-files.ts';
import { err, ok, type Result } from '../model/result.ts';
import { type HostReading, parseCount, percent } from './reading.ts';

/**
 * Time that all processors together have spent since boot, in the kernel's units. `other`:
 * interrupts and steal.
 */
export type CpuTimes = {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly other: number;
};

/**
 * Parses the line `cpu` of `/proc/stat`. Guest time is left out: the kernel counts it in `user`
 * and `nice` too.
 */
export function parseCpu(text: string): Result<CpuTimes, string> {
  const words = /^cpu +(.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
  const [user, nice, system, idle, iowait, ...rest] = words.slice(0, 8).map(parseCount);
  if (user == null || nice == null || system == null || idle == null || iowait == null || rest.includes(null))
    return err('it has no line "cpu" with at least five counters');
  return ok({ user, nice, system, idle, iowait, other: rest.reduce<number>((sum, count) => sum + (count ?? 0), 0) });
}

/** Reads `/proc/stat`. */
export function readCpu(files: HostFiles): Result<CpuTimes, string> {
  const text = files.read('stat');
  return text.ok ? parseCpu(text.value) : text;
}

/**
 * Returns `cpu.*` in percent of the time between two readings, each 0 to 100. `user`, `nice`,
 * `system`, `idle` and `iowait` add up to at most 100; the rest is interrupts and steal. `in_use`
 * is 100 − `idle`. A single counter that went back, as `iowait` may, counts as unchanged. None if
 * their sum is unchanged or went back, because then all of them started again.
 */
export function cpuReadings(before: CpuTimes, now: CpuTimes): readonly HostReading[] {
  if (total(now) <= total(before)) return [];
  const spent = {
    user: Math.max(0, now.user - before.user),
    nice: Math.max(0, now.nice - before.nice),
    system: Math.max(0, now.system - before.system),
    idle: Math.max(0, now.idle - before.idle),
    iowait: Math.max(0, now.iowait - before.iowait),
    other: Math.max(0, now.other - before.other),
  };
  const whole = total(spent);
  return [
    ['cpu.user', percent(spent.user, whole)],
    ['cpu.nice', percent(spent.nice, whole)],
    ['cpu.system', percent(spent.system, whole)],
    ['cpu.idle', percent(spent.idle, whole)],
    ['cpu.iowait', percent(spent.iowait, whole)],
    ['cpu.in_use', 100 - percent(spent.idle, whole)],
  ];
}

function total(times: CpuTimes): number {
  return times.user + times.nice + times.system + times.idle + times.iowait + times.other;
}
