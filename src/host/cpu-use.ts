import type { HostFiles } from '../io/disk/host-files.ts';
import { type CpuTimes, cpuReadings, readCpu } from './cpu.ts';

/** How busy the processors are, for advice; the host metrics are measured apart from it. */
export type CpuUse = {
  /** Reads the counters. To be called once a tick. */
  look(): void;
  /**
   * The share of time, 0 to 100, that the processors spent at work between the last two looks;
   * waiting for a disk is not work. Null: not known, as on other systems than Linux.
   */
  busyPercent(): number | null;
};

/** Creates it before the first look. Never throws. */
export function createCpuUse(files: HostFiles): CpuUse {
  let before: CpuTimes | null = null;
  let busy: number | null = null;
  return {
    look() {
      const now = readCpu(files);
      if (!now.ok) return;
      const readings = new Map(before ? cpuReadings(before, now.value) : []);
      before = now.value;
      const idle = readings.get('cpu.idle');
      if (idle !== undefined) busy = 100 - idle - (readings.get('cpu.iowait') ?? 0);
    },
    busyPercent: () => busy,
  };
}
