import type { HostFiles } from '../../src/io/disk/host-files.ts';
import { systemEdges } from '../../src/io/edges.ts';
import { ok } from '../../src/model/result.ts';

/** The host's files of a machine whose CPUs are busy for this share of the time, in percent. */
export function busyHost(cpuBusyPercent: number): HostFiles {
  let looks = 0;
  return {
    ...systemEdges().hostFiles,
    read() {
      looks += 1;
      return ok(`cpu  ${cpuBusyPercent * looks} 0 0 ${(100 - cpuBusyPercent) * looks} 0\n`);
    },
  };
}
