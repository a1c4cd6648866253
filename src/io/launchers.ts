import { createLanes, type LanesOptions } from './lanes.ts';
import type { Launcher } from './launcher.ts';
import { createSpawner } from './spawn.ts';

/** The launcher of a platform. Throws only if `pipeDir` can't be made. */
export function createLauncher(
  { platform, clock, processes }: Pick<LanesOptions, 'clock' | 'processes'> & { readonly platform: string },
  options: Omit<LanesOptions, 'clock' | 'processes'>,
): Launcher {
  return platform === 'win32' ? createSpawner({ ...options, clock }) : createLanes({ ...options, clock, processes });
}
