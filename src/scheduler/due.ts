import type { RunSettings } from '../model/config.ts';

/**
 * Whether a plugin runs at the tick `atS`: a multiple of its interval lies after the tick `lastS`
 * and not after `atS`, even if no tick was at that multiple because the host slept. In unix
 * seconds.
 */
export function isDue(settings: RunSettings, atS: number, lastS: number): boolean {
  return (
    settings.enabled &&
    (settings.intervalS === null || Math.floor(atS / settings.intervalS) > Math.floor(lastS / settings.intervalS))
  );
}

/** The first tick at or after `nextTickAtS` at which a plugin is due. In unix seconds. */
export function nextDueAtS(settings: RunSettings, nextTickAtS: number): number {
  return settings.intervalS === null ? nextTickAtS : Math.ceil(nextTickAtS / settings.intervalS) * settings.intervalS;
}
