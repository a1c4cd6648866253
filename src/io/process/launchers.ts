import { libc } from '../libc.ts';
import { fifosBy, fifosByProgram } from './fifo-pool.ts';
import type { Launcher } from './launcher.ts';
import { startByNodeSpawn } from './node-spawn.ts';
import { createPosixLauncher, type PosixLauncherOptions, type ProcessStarter } from './posix-launcher.ts';
import { startByPosixSpawn } from './posix-spawn.ts';
import { createWindowsLauncher } from './windows-launcher.ts';

let means: ProcessStarter | null = null; // whoever starts a process hears of its end: one for all launchers

/** The launcher of a platform. Throws only if `pipeDir` can't be made. */
export function createLauncher(platform: string, options: PosixLauncherOptions): Launcher {
  if (platform === 'win32') return createWindowsLauncher(options);
  means ??= findMeans();
  return createPosixLauncher(means, options);
}

function findMeans(): ProcessStarter {
  const library = libc();
  if (library === null) return { start: startByNodeSpawn, makeFifo: fifosByProgram };
  return { start: startByPosixSpawn(library), makeFifo: fifosBy(library.makeFifo) };
}
