import type { HostFiles } from '../io/disk/host-files.ts';
import { err, ok, type Result } from '../model/result.ts';
import { type HostReading, mib, percent } from './reading.ts';

/** Memory in bytes; null: not known on this system. `swapTotal` 0: there is no swap. */
export type Memory = {
  readonly total: number;
  readonly free: number;
  readonly available: number | null;
  readonly buffers: number | null;
  readonly cached: number | null;
  readonly swapTotal: number | null;
  readonly swapFree: number | null;
};

/**
 * Parses `/proc/meminfo`. A line that is missing or malformed gives null; without `MemTotal` or
 * `MemFree` the result is an error.
 */
export function parseMemory(text: string): Result<Memory, string> {
  const bytes = new Map<string, number>();
  for (const [, name, kib] of text.matchAll(/^(\w+): +(\d+) kB$/gm)) bytes.set(String(name), Number(kib) * 1024);
  const total = bytes.get('MemTotal');
  const free = bytes.get('MemFree');
  if (!total || free === undefined) return err('it has no lines "MemTotal: N kB" and "MemFree: N kB"');
  return ok({
    total,
    free,
    available: bytes.get('MemAvailable') ?? null,
    buffers: bytes.get('Buffers') ?? null,
    cached: bytes.get('Cached') ?? null,
    swapTotal: bytes.get('SwapTotal') ?? null,
    swapFree: bytes.get('SwapFree') ?? null,
  });
}

/** Reads `/proc/meminfo`. */
export function readMemory(files: HostFiles): Result<Memory, string> {
  const text = files.read('meminfo');
  return text.ok ? parseMemory(text.value) : text;
}

/**
 * Returns `memory.*`, and `swap.*` if there is swap. `used` is total − free. A figure that is not
 * known has no reading; in particular `available` is not estimated for kernels before 3.14.
 */
export function memoryReadings(memory: Memory): readonly HostReading[] {
  const { total, free, available, buffers, cached, swapTotal, swapFree } = memory;
  const readings: HostReading[] = [
    ['memory.used_mb', mib(total - free)],
    ['memory.free_mb', mib(free)],
    ['memory.free_percent', percent(free, total)],
  ];
  if (buffers !== null) readings.push(['memory.buffers_mb', mib(buffers)]);
  if (cached !== null) readings.push(['memory.cached_mb', mib(cached)]);
  if (available !== null)
    readings.push(['memory.available_mb', mib(available)], ['memory.available_percent', percent(available, total)]);
  if (swapTotal && swapFree !== null) {
    readings.push(
      ['swap.used_mb', mib(swapTotal - swapFree)],
      ['swap.free_mb', mib(swapFree)],
      ['swap.free_percent', percent(swapFree, swapTotal)],
    );
  }
  return readings;
}
