import type { HostFiles } from '../io/disk/host-files.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { HostReading } from './reading.ts';

/** Parses `/proc/loadavg` to `load.*`, the load averages. */
export function parseLoad(text: string): Result<readonly HostReading[], string> {
  const found = /^(\d+(?:\.\d+)?) (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)(?:\s|$)/.exec(text);
  return found ? ok(loadReadings(found.slice(1).map(Number))) : err('it does not begin with three numbers');
}

/** Reads `/proc/loadavg`. */
export function readLoad(files: HostFiles): Result<readonly HostReading[], string> {
  const text = files.read('loadavg');
  return text.ok ? parseLoad(text.value) : text;
}

/** Returns `load.*` from the averages over 1, 5 and 15 minutes, in this order. */
export function loadReadings(averages: readonly number[]): readonly HostReading[] {
  return ['load.1min', 'load.5min', 'load.15min'].map((name, index) => [name, averages[index] ?? Number.NaN]);
}
