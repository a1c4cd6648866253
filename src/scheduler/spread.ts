import type { Clock } from '../io/clock.ts';
import type { Tick } from '../model/run.ts';
import { type UnixSeconds, unixSeconds } from '../model/sample.ts';

const longestRoomMs = 5000;

/** Over how much of an interval moments are spread, in ms: its last quarter, but no more than 5 s, is left to the runs that begin last, so that they end within it. */
export function spreadMs(intervalS: number): number {
  const intervalMs = intervalS * 1000;
  return intervalMs - Math.min(longestRoomMs, intervalMs / 4);
}

/**
 * How long after each tick the moment of a host's plugin comes, in whole ms; `plugin` null: that of the host itself. The same names always
 * give the same share of the interval; those of many hosts, or of many plugins, are spread evenly.
 */
export function offsetMs(hostname: string, plugin: string | null, intervalS: number): number {
  return Math.floor(shareOf(plugin === null ? hostname : `${hostname} ${plugin}`) * spreadMs(intervalS)); // neither name holds a space
}

/** At least 0, less than 1: FNV-1a, whose upper bits hardly depend on the last character, and the finish of MurmurHash3, which mends that. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** When, in ms since the epoch, and in which interval: `endMs` is the tick after it. */
export type Moment = { readonly atMs: number; readonly endMs: number };

/** The moment of a host's plugin in the interval that a tick begins; `plugin` null: that of the host itself. */
export function momentOf({ atS }: Tick, intervalS: number, hostname: string, plugin: string | null): Moment {
  return { atMs: atS * 1000 + offsetMs(hostname, plugin, intervalS), endMs: (atS + intervalS) * 1000 };
}

/** A moment as the time of what is read then: whole seconds, so the same part of a second never falls into another one. */
export function momentAtS({ atMs }: Moment): UnixSeconds {
  return unixSeconds(atMs / 1000);
}

/** What ticks have begun and whose moment is to come. */
export type HeldMoments<Key> = {
  /**
   * Calls `begin` at the moment, at once where that has passed, and resolves when it has resolved. What is held under the same key already is
   * dropped for it. Resolves without a call once it is dropped, and where the whole interval was slept through: it is not replayed.
   */
  hold(key: Key, moment: Moment, begin: () => Promise<void>): Promise<void>;
  /** For when it is held, in ms since the epoch; null: it is not. */
  untilMs(key: Key): number | null;
  /** Drops all of it. */
  drop(): void;
};

/** Holds nothing yet. */
export function createHeldMoments<Key>(clock: Clock): HeldMoments<Key> {
  const held = new Map<Key, { readonly atMs: number; drop(): void }>();
  return {
    hold: (key, { atMs, endMs }, begin) =>
      new Promise((resolve, reject) => {
        held.get(key)?.drop();
        const timer = clock.after(atMs - clock.nowMs(), () => {
          held.delete(key);
          if (clock.nowMs() < endMs) begin().then(resolve, reject);
          else resolve();
        });
        const drop = () => {
          held.delete(key);
          timer.cancel();
          resolve();
        };
        held.set(key, { atMs, drop });
      }),
    untilMs: (key) => held.get(key)?.atMs ?? null,
    drop() {
      for (const { drop } of [...held.values()]) drop();
    },
  };
}
