import type { HostFiles } from '../io/disk/host-files.ts';
import { err, ok, type Result } from '../model/result.ts';
import { type HostReading, parseCount, percent } from './reading.ts';

/**
 * Parses `/proc/sys/fs/file-nr` to `filesystem.*`: handles allocated, handles unused among them,
 * and the maximum.
 */
export function parseOpenFiles(text: string): Result<readonly HostReading[], string> {
  const [allocated, unused, most] = text.trim().split(/\s+/).map(parseCount);
  if (allocated == null || unused == null || most == null) return err('it does not have three counters');
  return ok(openFilesReadings(allocated - unused, most));
}

/** Reads `/proc/sys/fs/file-nr`. */
export function readOpenFiles(files: HostFiles): Result<readonly HostReading[], string> {
  const text = files.read('sys/fs/file-nr');
  return text.ok ? parseOpenFiles(text.value) : text;
}

/** Returns `filesystem.*` from the number of open files and its maximum. */
export function openFilesReadings(open: number, most: number): readonly HostReading[] {
  return [
    ['filesystem.open_files', open],
    ['filesystem.max_open_files', most],
    ['filesystem.open_files_pct_max', percent(open, most)],
  ];
}
