import type { PluginFile } from '../model/plugin.ts';
import { isToldAt } from '../model/repeat.ts';

/** Counts what goes wrong again and again, plugin by plugin. */
export type Troubles = {
  /** One more. Gives what to tell at the first, 2nd, 4th, 8th … in a row; null: keep quiet this time. */
  again(plugin: PluginFile, nowMs: number): { readonly repeat: number; readonly elapsedMs: number } | null;
  /** It went well. Gives what has ended; null: there was no trouble. */
  over(plugin: PluginFile, nowMs: number): { readonly repeat: number; readonly elapsedMs: number } | null;
};

/** No trouble yet. */
export function countTroubles(): Troubles {
  const troubles = new Map<PluginFile, { count: number; sinceMs: number }>();
  return {
    again(plugin, nowMs) {
      const trouble = troubles.get(plugin) ?? { count: 0, sinceMs: nowMs };
      trouble.count += 1;
      troubles.set(plugin, trouble);
      return isToldAt(trouble.count) ? { repeat: trouble.count, elapsedMs: nowMs - trouble.sinceMs } : null;
    },
    over(plugin, nowMs) {
      const trouble = troubles.get(plugin);
      troubles.delete(plugin);
      return trouble ? { repeat: trouble.count, elapsedMs: nowMs - trouble.sinceMs } : null;
    },
  };
}
