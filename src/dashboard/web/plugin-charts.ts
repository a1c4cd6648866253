import type { Sparkline } from '../../model/metric.ts';
import type { PluginStatus } from '../../model/status.ts';
import { fetchAnswer } from './answers.ts';
import { createChartGrid } from './chart-grid.ts';
import { byId, element } from './elements.ts';
import { mostChanged } from './most-changed.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { PageCharts } from './page-charts.ts';

const mostChosen = 4;
const mostAsked = 60;
const mostLooks = 3; // a plugin that just reported may have no sample in the history yet; the history may be off

/** The charts of plugins: of metrics that changed most, then those that the reader added. */
export type PluginChartsSection = {
  /** To be called when a plugin may have changed: charts of those that reported are fetched. */
  update(plugins: ReadonlyMap<string, PluginStatus>): void;
  /** To be called after each tick: all other charts are fetched, because time passes. */
  refresh(): void;
};

/** How often a plugin's line was asked for, and after which report of the plugin the last time. */
type LineLook = { readonly times: number; readonly reportAtS: number };

/**
 * Makes the section in `#plugin-charts`. It is hidden while it has no chart. What changed most is
 * chosen once: a chosen chart stays where it is until its plugin is gone. Only free places are
 * filled later, with plugins that were not there.
 */
export function createPluginCharts(charts: PageCharts): PluginChartsSection {
  const { reader, nameOf } = charts;
  const grid = createChartGrid(charts);
  const section = byId('plugin-charts');
  const title = element('h2', { id: 'plugin-charts-title', tabindex: '-1' }, 'Charts of plugins');
  section.append(title, grid.element);
  let chosen: readonly Sparkline[] = [];
  const reports = new Map<string, number>(); // by file: when each plugin reported last
  const looks = new Map<string, LineLook>(); // by file
  const refreshed = new Set<string>(); // metrics, since the last tick

  const choose = oneAtATime(async () => {
    if (chosen.length >= mostChosen) return;
    const asked = [...reports].filter(([file, atS]) => isWorthALook(looks.get(file), atS)).slice(0, mostAsked);
    if (asked.length === 0) return;
    const names = asked.map(([file]) => file).join('/');
    const answer = await fetchAnswer<readonly Sparkline[]>('/sparklines.json', { names });
    const found = answer.ok ? answer.value.filter(({ file }) => reports.has(file)) : [];
    for (const [file, reportAtS] of asked) {
      const isFound = found.some((line) => line.file === file);
      looks.set(file, { times: isFound ? mostLooks : (looks.get(file)?.times ?? 0) + 1, reportAtS });
    }
    const added = new Set(reader.added());
    const lines = found.filter(({ metric }) => !added.has(metric));
    chosen = [...chosen, ...mostChanged(lines, mostChosen - chosen.length)];
    show();
  });

  function show(): void {
    const added = reader.added();
    chosen = chosen.filter(({ metric }) => !added.includes(metric));
    const wanted = [
      ...chosen.map(({ metric }) => ({ metric, title: nameOf(metric), onRemove: null })),
      ...added.map((metric) => ({ metric, title: nameOf(metric), onRemove: () => remove(metric) })),
    ];
    section.hidden = wanted.length === 0;
    grid.show(wanted);
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
      if (kept.length < chosen.length) looks.clear(); // any plugin may get the free place
      for (const { file } of kept) looks.set(file, { times: mostLooks, reportAtS: 0 });
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
    },
  };
}

function isWorthALook(look: LineLook | undefined, reportAtS: number): boolean {
  return look === undefined || (look.times < mostLooks && look.reportAtS !== reportAtS);
}
