import type { PluginStatus } from '../../model/status.ts';
import { createPluginRow, type PluginRow } from './row.ts';
import type { ShownSparklines } from './sparklines.ts';

/** The rows of all plugins, by file. */
export type PluginRows = {
  of(file: string): PluginRow | null;
  /**
   * Touches only rows of plugins that changed. Returns whether the order by `compare` may be wrong
   * now.
   */
  update(
    plugins: ReadonlyMap<string, PluginStatus>,
    nowS: number,
    showsReasons: boolean,
    compare: (a: PluginStatus, b: PluginStatus) => number,
  ): boolean;
  /** Updates the elapsed times of running plugins. */
  tick(nowS: number): void;
};

/** Makes the collection, without rows. */
export function createPluginRows(sparklines: ShownSparklines): PluginRows {
  const rows = new Map<string, PluginRow>();
  const shown = new Map<string, PluginStatus>();
  let showedReasons = true;

  function removeOthers(plugins: ReadonlyMap<string, PluginStatus>): void {
    for (const [file, row] of rows) {
      if (plugins.has(file)) continue;
      sparklines.forget(row.element);
      row.element.remove();
      rows.delete(file);
      shown.delete(file);
    }
  }

  function addRow(file: string): PluginRow {
    const row = createPluginRow(file);
    rows.set(file, row);
    sparklines.follow(row, file);
    return row;
  }

  return {
    of: (file) => rows.get(file) ?? null,
    update(plugins, nowS, showsReasons, compare) {
      removeOthers(plugins);
      let isUnordered = showsReasons !== showedReasons || rows.size !== plugins.size;
      const reported: Element[] = [];
      for (const [file, plugin] of plugins) {
        const before = shown.get(file);
        if (before === plugin && showsReasons === showedReasons) continue;
        const row = rows.get(file) ?? addRow(file);
        shown.set(file, plugin);
        row.update(plugin, nowS, showsReasons);
        if (before?.lastReportAtS !== plugin.lastReportAtS) reported.push(row.element);
        isUnordered ||= before?.state !== plugin.state || compare(before, plugin) !== 0;
      }
      showedReasons = showsReasons;
      sparklines.refresh(reported);
      return isUnordered;
    },
    tick(nowS) {
      for (const [file, { currentRun }] of shown) if (currentRun) rows.get(file)?.tick(nowS);
    },
  };
}
