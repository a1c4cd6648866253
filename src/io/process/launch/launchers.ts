import { type Libc, libc } from '../../libc.ts';
import { makeFifoBy, makeFifoByProgram } from '../fifo/make-fifo.ts';
import type { Launcher } from './launcher.ts';
import { startByNodeSpawn } from './node-spawn.ts';
import { createPosixLauncher, type PosixLauncherOptions, type ProcessStarter } from './posix-launcher.ts';
import { startByPosixSpawn } from './posix-spawn.ts';
import type { StartProcess } from './start-process.ts';
import { createWindowsLauncher } from './windows-launcher.ts';

let starter: ProcessStarter | null = null; // one for all launchers: only one SIGCHLD handler may exist

/** Makes the launcher for a platform. Throws only if `pipeDir` can't be made. */
export function createLauncher(platform: string, options: PosixLauncherOptions): Launcher {
  if (platform === 'win32') return createWindowsLauncher(options);
  starter ??= findStarter();
  return createPosixLauncher(starter, options);
}

function findStarter(): ProcessStarter {
  const library = libc();
  if (library === null) return { start: startByNodeSpawn, makeFifo: makeFifoByProgram };
  return { start: startBy(library), makeFifo: makeFifoBy(library.makeFifo) };
}

/** Starts processes by `posix_spawn` where the C library has what it takes. */
export function startBy(library: Libc): StartProcess {
  const { spawn } = library;
  return spawn === null ? startByNodeSpawn : startByPosixSpawn({ ...library, spawn }, process.pid === 1);
}
