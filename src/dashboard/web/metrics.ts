import type { MetricStatus } from '../../model/status.ts';
import { fetchAnswer } from './answers.ts';
import { type ChartCard, createChartCard } from './chart-card.ts';
import { element, setText } from './elements.ts';
import { createSpanChoice } from './span.ts';

/** A plugin's metrics, a chart each. */
export type PluginMetrics = { readonly element: HTMLElement; refresh(): void; close(): void };

/** Makes the section of all metrics under `prefix`, which ends in a dot. */
export function createPluginMetrics(prefix: string, nowS: () => number): PluginMetrics {
  const cards = new Map<string, ChartCard>();
  const span = createSpanChoice(() => {
    for (const card of cards.values()) card.refresh();
  });
  const note = element('p', { class: 'muted' });
  const grid = element('div', { class: 'cards' });
  const section = element(
    'section',
    {},
    element('div', { class: 'section-head' }, element('h3', {}, 'Metrics'), span.element),
    note,
    grid,
  );
  let isClosed = false;

  async function refresh(): Promise<void> {
    const answer = await fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix });
    if (isClosed) return;
    if (!answer.ok) return setText(note, answer.error);
    setText(note, answer.value.length === 0 ? 'None yet.' : '');
    for (const { metric } of answer.value) {
      if (cards.has(metric)) continue;
      const card = createChartCard({
        metric,
        title: metric.slice(prefix.length),
        span: span.current,
        nowS,
        onRemove: null,
      });
      cards.set(metric, card);
      grid.append(card.element);
    }
    for (const card of cards.values()) card.refresh();
  }

  return {
    element: section,
    refresh: () => void refresh(),
    close() {
      isClosed = true;
      for (const card of cards.values()) card.close();
    },
  };
}
