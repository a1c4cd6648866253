import { roughDuration } from './duration.ts';

const mib = 1024 ** 2;

/** A size of memory: `9.5 MiB`, `214 MiB`. */
export function memoryText(bytes: number): string {
  return `${bytes < 10 * mib ? (bytes / mib).toFixed(1) : Math.round(bytes / mib)} MiB`;
}

/**
 * What a run has used, as it is said: `210 ms of CPU`, `214 MiB of memory`. What is not known is
 * left out.
 */
export function usageWords(usage: {
  readonly cpuS: number | null;
  readonly peakMemoryBytes: number | null;
}): readonly string[] {
  const { cpuS, peakMemoryBytes } = usage;
  return [
    ...(cpuS === null ? [] : [`${roughDuration(cpuS * 1000)} of CPU`]),
    ...(peakMemoryBytes === null ? [] : [`${memoryText(peakMemoryBytes)} of memory`]),
  ];
}
