import { roughDuration } from './duration.ts';

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
    ...(peakMemoryBytes === null ? [] : [`${Math.round(peakMemoryBytes / 1024 ** 2)} MiB of memory`]),
  ];
}
