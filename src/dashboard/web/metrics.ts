import type { MetricStatus } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { createChartGrid } from './chart-grid.ts';
import { element, setText } from './elements.ts';

/** The charts of all metrics of one plugin. */
export type PluginMetrics = {
  readonly element: HTMLElement;
  /** Adds charts of new metrics, and makes all charts fetch newer samples. */
  refresh(): void;
  close(): void;
};

/** Makes the section of all metrics whose names begin with `prefix`, which ends in a dot. */
export function createPluginMetrics(prefix: string, nowS: () => number): PluginMetrics {
  const grid = createChartGrid(nowS);
  const note = element('p', { class: 'muted' });
  const head = element('div', { class: 'section-head' }, element('h3', {}, 'Metrics'), grid.spanButtons);
  let isClosed = false;

  async function refresh(): Promise<void> {
    const answer = await fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix });
    if (isClosed) return;
    if (!answer.ok) return setText(note, answer.error);
    setText(note, answer.value.length === 0 ? 'None yet.' : '');
    for (const { metric } of answer.value) grid.add(metric, metric.slice(prefix.length), null);
    grid.refresh();
  }

  return {
    element: element('section', {}, head, note, grid.element),
    refresh: () => void refresh(),
    close() {
      isClosed = true;
      grid.close();
    },
  };
}
