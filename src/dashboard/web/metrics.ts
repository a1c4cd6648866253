import type { MetricStatus } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { createChartBar } from './chart-bar.ts';
import { createChartGrid } from './chart-grid.ts';
import { element, setText } from './elements.ts';
import type { PageCharts } from './page-charts.ts';
import { readableCount } from './words.ts';

const mostAtFirst = 100; // a plugin may report any number of metrics

/** The charts of all metrics of one plugin. */
export type PluginMetrics = {
  readonly element: HTMLElement;
  /** Adds charts of new metrics, at first up to 100, and makes all charts fetch newer samples. */
  refresh(): void;
  close(): void;
};

/** Makes the section of all metrics whose names begin with `prefix`, which ends in a dot. */
export function createPluginMetrics(prefix: string, charts: PageCharts): PluginMetrics {
  const grid = createChartGrid(charts);
  const bar = createChartBar(charts.view);
  const note = element('p', { class: 'muted' });
  const all = element('button', { type: 'button' });
  const metrics = new Set<string>();
  let most = mostAtFirst;
  let isClosed = false;

  async function refresh(): Promise<void> {
    const answer = await fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix });
    if (isClosed) return;
    if (!answer.ok) return setText(note, answer.error);
    for (const { metric } of answer.value) metrics.add(metric);
    setText(note, metrics.size === 0 ? 'None yet.' : '');
    show();
    grid.refresh();
  }

  function show(): void {
    const shown = [...metrics].slice(0, most);
    grid.show(shown.map((metric) => ({ metric, title: metric.slice(prefix.length), onRemove: null })));
    setText(all, `All ${readableCount(metrics.size, 'metric')}`);
    all.hidden = metrics.size <= most;
  }
  show();

  all.addEventListener('click', () => {
    most = Number.POSITIVE_INFINITY;
    show();
    grid.element.children[mostAtFirst]?.querySelector('button')?.focus(); // Tab continues there
  });

  return {
    element: element('section', {}, element('h3', {}, 'Metrics'), bar.element, note, grid.element, all),
    refresh: () => void refresh(),
    close() {
      isClosed = true;
      bar.close();
      grid.close();
    },
  };
}
