import type { MetricStatus } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { createChartBar } from './chart-bar.ts';
import { createChartGrid } from './chart-grid.ts';
import { element, setText } from './elements.ts';
import type { PageCharts } from './page-charts.ts';

/** The charts of all metrics of one plugin. */
export type PluginMetrics = {
  readonly element: HTMLElement;
  /** Adds charts of new metrics, and makes all charts fetch newer samples. */
  refresh(): void;
  close(): void;
};

/** Makes the section of all metrics whose names begin with `prefix`, which ends in a dot. */
export function createPluginMetrics(prefix: string, charts: PageCharts): PluginMetrics {
  const grid = createChartGrid(charts);
  const bar = createChartBar(charts.view);
  const note = element('p', { class: 'muted' });
  const metrics = new Set<string>();
  let isClosed = false;

  async function refresh(): Promise<void> {
    const answer = await fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix });
    if (isClosed) return;
    if (!answer.ok) return setText(note, answer.error);
    for (const { metric } of answer.value) metrics.add(metric);
    setText(note, metrics.size === 0 ? 'None yet.' : '');
    grid.show([...metrics].map((metric) => ({ metric, title: metric.slice(prefix.length), onRemove: null })));
    grid.refresh();
  }

  return {
    element: element('section', {}, element('h3', {}, 'Metrics'), bar.element, note, grid.element),
    refresh: () => void refresh(),
    close() {
      isClosed = true;
      bar.close();
      grid.close();
    },
  };
}
