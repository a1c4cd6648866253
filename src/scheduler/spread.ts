import type { Tick } from '../model/run.ts';
import { type UnixSeconds, unixSeconds } from '../model/sample.ts';

const longestRoomMs = 5000;

/**
 * The part of an interval over which moments are spread, in ms. The last quarter of the interval,
 * but no more than 5 s, is left out, so that the last runs end within it.
 */
export function spreadMs(intervalS: number): number {
  const intervalMs = intervalS * 1000;
  return intervalMs - Math.min(longestRoomMs, intervalMs / 4);
}

/**
 * How long after each tick a plugin of a host runs, in whole ms; `plugin` null: the host itself.
 * The same names always give the same share of the interval. Many hosts, or many plugins, are
 * spread evenly.
 */
export function offsetMs(hostname: string, plugin: string | null, intervalS: number): number {
  const name = plugin === null ? hostname : `${hostname} ${plugin}`; // neither name contains a space
  return Math.floor(shareOf(name) * spreadMs(intervalS));
}

/**
 * A number from 0 to below 1 that a text always gives. FNV-1a, then the last step of MurmurHash3,
 * because the upper bits of FNV-1a hardly depend on the last character.
 */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * When a plugin runs in one interval: `atMs`. The interval ends at the next tick: `endMs`. Both in
 * ms since the epoch.
 */
export type Moment = { readonly atMs: number; readonly endMs: number };

/**
 * The moment of a plugin in the interval that a tick begins; `plugin` null: of the host itself.
 */
export function momentOf({ atS }: Tick, intervalS: number, hostname: string, plugin: string | null): Moment {
  return { atMs: atS * 1000 + offsetMs(hostname, plugin, intervalS), endMs: (atS + intervalS) * 1000 };
}

/**
 * The time of samples that are read at a moment, in whole seconds, so that a sample that is read
 * some ms late has the same time.
 */
export function momentAtS({ atMs }: Moment): UnixSeconds {
  return unixSeconds(atMs / 1000);
}
