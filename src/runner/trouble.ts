import type { PluginFile } from '../model/plugin.ts';

/** Counts what goes wrong again and again, plugin by plugin. */
export type Troubles = {
  /** One more. Gives how many that makes in a row, and since when. */
  again(plugin: PluginFile, nowMs: number): { readonly repeat: number; readonly elapsedMs: number };
  /** It went well. Gives what has ended; null: there was no trouble. */
  over(plugin: PluginFile, nowMs: number): { readonly repeat: number; readonly elapsedMs: number } | null;
  /** Which plugins there are now; the trouble of others is forgotten. */
  present(plugins: ReadonlySet<PluginFile>): void;
};

/** No trouble yet. */
export function countTroubles(): Troubles {
  const troubles = new Map<PluginFile, { count: number; sinceMs: number }>();
  return {
    again(plugin, nowMs) {
      const trouble = troubles.get(plugin) ?? { count: 0, sinceMs: nowMs };
      trouble.count += 1;
      troubles.set(plugin, trouble);
      return { repeat: trouble.count, elapsedMs: nowMs - trouble.sinceMs };
    },
    over(plugin, nowMs) {
      if (troubles.size === 0) return null; // as a rule, and four times a run
      const trouble = troubles.get(plugin);
      troubles.delete(plugin);
      return trouble ? { repeat: trouble.count, elapsedMs: nowMs - trouble.sinceMs } : null;
    },
    present(plugins) {
      for (const plugin of troubles.keys()) if (!plugins.has(plugin)) troubles.delete(plugin);
    },
  };
}
