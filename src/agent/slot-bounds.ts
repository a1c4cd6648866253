import { createCpuUse } from '../host/cpu-use.ts';
import { readMemory } from '../host/memory.ts';
import type { HostFiles } from '../io/disk/host-files.ts';
import type { Edges } from '../io/edges.ts';
import { openFilesLimit } from '../io/process/proc.ts';
import type { Config } from '../model/config.ts';
import type { HostLoad, SlotBounds } from '../scheduler/slot-limit.ts';

const mostPerCore = 32;
const reservedDescriptors = 64;
const descriptorsPerRun = 4; // two pipes, and two more while the run starts and ends
const neededMemoryShare = 0.15;

/**
 * How many runs may hold a slot. A number in the configuration is that number. With `auto`: at
 * least twice the cores and 4; at most 32 a core and 64, and what the limit of open files allows.
 */
export function slotBounds({ maxConcurrency }: Pick<Config, 'maxConcurrency'>, edges: SlotEdges): SlotBounds {
  if (maxConcurrency !== 'auto') return { least: maxConcurrency, most: maxConcurrency };
  const { cores } = edges.machine;
  const limits = edges.hostFiles.read('self/limits');
  const openFiles = (limits.ok ? openFilesLimit(limits.value) : null) ?? Number.POSITIVE_INFINITY;
  const byDescriptors = Math.floor((openFiles - reservedDescriptors) / descriptorsPerRun);
  const least = leastSlots(cores);
  return { least, most: Math.max(least, Math.min(Math.max(64, cores * mostPerCore), byDescriptors)) };
}

type SlotEdges = Pick<Edges, 'hostFiles'> & { readonly machine: Pick<Edges['machine'], 'cores'> };

/** With `auto`, N runs hold a slot whatever the load of the host is. */
function leastSlots(cores: number): number {
  return Math.max(4, cores * 2);
}

/** Tells how loaded the host is. More runs need 15 % of its memory to be available. */
export function hostLoad(files: HostFiles): HostLoad {
  return {
    ...createCpuUse(files),
    hasMemory() {
      const memory = readMemory(files);
      return !memory.ok || (memory.value.available ?? memory.value.free) > memory.value.total * neededMemoryShare;
    },
  };
}
