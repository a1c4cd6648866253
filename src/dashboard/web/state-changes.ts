import type { PluginStatus } from '../../model/status.ts';

/** When the state of each plugin last changed. */
export type StateChanges = {
  /** Must see every state of the plugins. */
  note(plugins: ReadonlyMap<string, PluginStatus>, nowS: number): void;
  /** In unix seconds; null: not known, so long ago. */
  changedAtS(plugin: PluginStatus): number | null;
};

/**
 * Makes it without plugins. A change that the page did not see itself is the last one of the strip
 * of ticks, as many intervals back as there are ticks like the last one.
 */
export function createStateChanges(): StateChanges {
  const seen = new Map<string, { readonly state: string; readonly atS: number | null }>();
  return {
    note(plugins, nowS) {
      for (const file of seen.keys()) if (!plugins.has(file)) seen.delete(file);
      for (const [file, { state, beats, intervalS }] of plugins) {
        const before = seen.get(file);
        if (before?.state === state) continue;
        const alikeTicks = /(.)\1*$/.exec(beats)?.[0].length ?? 0;
        const ofStrip = alikeTicks === beats.length ? null : nowS - alikeTicks * intervalS;
        seen.set(file, { state, atS: before ? nowS : ofStrip });
      }
    },
    changedAtS: ({ file }) => seen.get(file)?.atS ?? null,
  };
}
