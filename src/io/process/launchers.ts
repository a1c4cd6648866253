import { libc } from '../libc.ts';
import { fifosBy, fifosByProgram } from './fifo-pool.ts';
import type { Launcher } from './launcher.ts';
import { startByFork } from './node-spawn.ts';
import { createFifoLauncher, type FifoLauncherOptions, type Means } from './posix-launcher.ts';
import { startByPosixSpawn } from './posix-spawn.ts';
import { createSpawner } from './windows-launcher.ts';

let means: Means | null = null; // whoever starts a process hears of its end: one for all launchers

/** The launcher of a platform. Throws only if `pipeDir` can't be made. */
export function createLauncher(platform: string, options: FifoLauncherOptions): Launcher {
  if (platform === 'win32') return createSpawner(options);
  means ??= findMeans();
  return createFifoLauncher(means, options);
}

function findMeans(): Means {
  const library = libc();
  if (library === null) return { start: startByFork, makeFifo: fifosByProgram };
  return { start: startByPosixSpawn(library), makeFifo: fifosBy(library.makeFifo) };
}
