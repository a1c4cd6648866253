import type { PluginStatus } from '../../model/status.ts';
import { comparePlugins } from './order.ts';
import { createPluginRow, type PluginRow } from './row.ts';

/** The rows of all plugins, by file. */
export type PluginRows = {
  of(file: string): PluginRow | null;
  /** Touches only rows of plugins that changed. Returns whether their order may be wrong now. */
  update(plugins: ReadonlyMap<string, PluginStatus>, nowS: number, showsReasons: boolean): boolean;
  /** Updates the elapsed times of running plugins. */
  tick(nowS: number): void;
};

/** Makes the collection, without rows. */
export function createPluginRows(): PluginRows {
  const rows = new Map<string, PluginRow>();
  const shown = new Map<string, PluginStatus>();
  let showedReasons = true;

  function removeOthers(plugins: ReadonlyMap<string, PluginStatus>): void {
    for (const [file, row] of rows) {
      if (plugins.has(file)) continue;
      row.element.remove();
      rows.delete(file);
      shown.delete(file);
    }
  }

  return {
    of: (file) => rows.get(file) ?? null,
    update(plugins, nowS, showsReasons) {
      removeOthers(plugins);
      let isUnordered = showsReasons !== showedReasons || rows.size !== plugins.size;
      for (const [file, plugin] of plugins) {
        const before = shown.get(file);
        if (before === plugin && showsReasons === showedReasons) continue;
        const row = rows.get(file) ?? createPluginRow(file);
        rows.set(file, row);
        shown.set(file, plugin);
        row.update(plugin, nowS, showsReasons);
        isUnordered ||= !before || comparePlugins(before, plugin) !== 0;
      }
      showedReasons = showsReasons;
      return isUnordered;
    },
    tick(nowS) {
      for (const [file, { currentRun }] of shown) if (currentRun) rows.get(file)?.tick(nowS);
    },
  };
}
