import type { Sparkline } from '../../model/metric.ts';
import type { PluginStatus } from '../../model/status.ts';
import { createChartGrid } from './chart-grid.ts';
import { createComparison } from './comparison.ts';
import { byId, element } from './elements.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { PageCharts } from './page-charts.ts';

const mostChosen = 4;

/** The charts of plugins: of metrics that changed most, then those that the reader added. */
export type PluginChartsSection = {
  /** To be called when a plugin may have changed: charts of those that reported are fetched. */
  update(plugins: ReadonlyMap<string, PluginStatus>): void;
  /**
   * To be called first and after each tick: all other charts are fetched, because time passes.
   * More plugins are compared.
   */
  refresh(): void;
};

/**
 * Makes the section in `#plugin-charts`. It is hidden while it has no chart. What changed most is
 * chosen once, as soon as all plugins were compared: a chosen chart stays where it is until its
 * plugin is gone. Only free places are filled later.
 */
export function createPluginCharts(charts: PageCharts): PluginChartsSection {
  const { reader, nameOf } = charts;
  const grid = createChartGrid(charts);
  const section = byId('plugin-charts');
  const title = element('h2', { id: 'plugin-charts-title', tabindex: '-1' }, 'Charts of plugins');
  section.append(title, grid.element);
  let chosen: readonly Sparkline[] = [];
  const reports = new Map<string, number>(); // by file: when each plugin reported last
  const comparison = createComparison(reports, (metric) => reader.added().includes(metric), mostChosen);
  const refreshed = new Set<string>(); // metrics, since the last tick

  const choose = oneAtATime(async () => {
    if (chosen.length >= mostChosen) return;
    const best = await comparison.best();
    if (best.length === 0) return;
    chosen = [...chosen, ...best.slice(0, mostChosen - chosen.length)];
    show();
  });

  function show(): void {
    const added = reader.added();
    chosen = chosen.filter(({ metric }) => !added.includes(metric));
    const shown = [
      ...chosen.map(({ metric }) => ({ metric, title: nameOf(metric), onRemove: null })),
      ...added.map((metric) => ({ metric, title: nameOf(metric), onRemove: () => remove(metric) })),
    ];
    section.hidden = shown.length === 0;
    grid.show(shown);
  }
  reader.onChange(show);

  /** The button that had the keyboard focus is gone: Tab continues from the title, or the bar. */
  function remove(metric: string): void {
    reader.remove(metric);
    (section.hidden ? byId('chart-bar') : title).focus({ preventScroll: true });
  }

  /** Returns the names of plugins that reported since the last call. Forgets what is gone. */
  function reported(plugins: ReadonlyMap<string, PluginStatus>): readonly string[] {
    for (const file of [...reports.keys()]) if (!plugins.has(file)) reports.delete(file);
    return [...plugins.values()].flatMap(({ file, name, lastReportAtS }) => {
      if (lastReportAtS === null || reports.get(file) === lastReportAtS) return [];
      reports.set(file, lastReportAtS);
      return [name];
    });
  }

  return {
    update(plugins) {
      const names = reported(plugins);
      const kept = chosen.filter(({ file }) => plugins.has(file));
      comparison.leaveOut(kept.map(({ file }) => file));
      if (kept.length < chosen.length) comparison.begin(); // any plugin may get the free place
      chosen = kept;
      show();
      grid.refresh((metric) => {
        const own = nameOf(metric);
        const isMeant = names.some((name) => own.startsWith(`${name}.`));
        if (isMeant) refreshed.add(metric);
        return isMeant;
      });
      void choose();
    },
    refresh() {
      grid.refresh((metric) => !refreshed.has(metric));
      refreshed.clear();
      comparison.allowRequests();
      void choose();
    },
  };
}
