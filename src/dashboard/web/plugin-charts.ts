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

/** The charts of plugins: those of the metrics that changed most, then those that the reader added. */
export type PluginChartsSection = {
  /** To be called after each tick. */
  refresh(plugins: ReadonlyMap<string, PluginStatus>): void;
};

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
  let files: readonly string[] = []; // of plugins that reported
  const looks = new Map<string, number>(); // by file, how often its line was asked for

  const choose = oneAtATime(async () => {
    const asked = files.filter((file) => (looks.get(file) ?? 0) < mostLooks).slice(0, mostAsked);
    if (chosen.length >= mostChosen || asked.length === 0) return;
    const answer = await fetchAnswer<readonly Sparkline[]>('/sparklines.json', { names: asked.join('/') });
    for (const file of asked) looks.set(file, (looks.get(file) ?? 0) + 1);
    if (!answer.ok) return;
    for (const { file } of answer.value) looks.set(file, mostLooks);
    const added = new Set(reader.added());
    const lines = answer.value.filter(({ file, metric }) => files.includes(file) && !added.has(metric));
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

  return {
    refresh(plugins) {
      files = [...plugins.values()].flatMap(({ file, lastReportAtS }) => (lastReportAtS === null ? [] : [file]));
      const kept = chosen.filter(({ file }) => plugins.has(file));
      if (kept.length < chosen.length) looks.clear(); // any plugin may get the free place
      for (const { file } of kept) looks.set(file, mostLooks);
      chosen = kept;
      show();
      grid.refresh();
      void choose();
    },
  };
}
