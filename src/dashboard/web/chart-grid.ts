import { type ChartCard, createChartCard } from './chart-card.ts';
import { element } from './elements.ts';
import { createSpanChoice } from './span.ts';

/** Charts in a grid, and the buttons that choose how far back all of them look. */
export type ChartGrid = {
  readonly element: HTMLElement;
  readonly spanButtons: HTMLElement;
  /** Adds a chart below the others. False: the metric has one already, and it was left alone. */
  add(metric: string, title: string, onRemove: (() => void) | null): boolean;
  remove(metric: string): void;
  /** Makes all charts fetch newer samples. */
  refresh(): void;
  close(): void;
};

/** Makes a grid without charts. */
export function createChartGrid(nowS: () => number): ChartGrid {
  const cards = new Map<string, ChartCard>();
  const span = createSpanChoice(refresh);
  const grid = element('div', { class: 'cards' });

  function refresh(): void {
    for (const card of cards.values()) card.refresh();
  }

  return {
    element: grid,
    spanButtons: span.element,
    add(metric, title, onRemove) {
      if (cards.has(metric)) return false;
      const card = createChartCard({ metric, title, span: span.current, nowS, onRemove });
      cards.set(metric, card);
      grid.append(card.element);
      return true;
    },
    remove(metric) {
      const card = cards.get(metric);
      card?.close();
      card?.element.remove();
      cards.delete(metric);
    },
    refresh,
    close() {
      for (const card of cards.values()) card.close();
    },
  };
}
