import { arrange } from './arrange.ts';
import { type ChartCard, createChartCard } from './chart-card.ts';
import { element } from './elements.ts';
import type { PageCharts } from './page-charts.ts';

/** A chart that a grid shows. `onRemove` null: it has no button that removes it. */
export type GridChart = { readonly metric: string; readonly title: string; readonly onRemove: (() => void) | null };

/** Charts in a grid. */
export type ChartGrid = {
  readonly element: HTMLElement;
  /** Shows these charts in this order. Those that it shows already stay as they are. */
  show(wanted: readonly GridChart[]): void;
  /** Makes all charts fetch newer samples. */
  refresh(): void;
  close(): void;
};

/** Makes a grid without charts. It follows the view and the reader's charts until closed. */
export function createChartGrid(charts: PageCharts): ChartGrid {
  const cards = new Map<string, ChartCard>();
  const grid = element('div', { class: 'cards' });
  const keyOf = ({ metric, onRemove }: GridChart) => `${onRemove ? 'removable ' : ''}${metric}`;
  const leave = [charts.view.onChange(refresh), charts.reader.onChange(refresh)];

  function refresh(): void {
    for (const card of cards.values()) card.refresh();
  }

  function remove(key: string): void {
    cards.get(key)?.close();
    cards.get(key)?.element.remove();
    cards.delete(key);
  }

  return {
    element: grid,
    show(wanted) {
      const keys = new Set(wanted.map(keyOf));
      for (const key of [...cards.keys()]) if (!keys.has(key)) remove(key);
      for (const chart of wanted)
        if (!cards.has(keyOf(chart))) cards.set(keyOf(chart), createChartCard({ charts, ...chart }));
      arrange(
        grid,
        wanted.flatMap((chart) => cards.get(keyOf(chart))?.element ?? []),
      );
    },
    refresh,
    close() {
      for (const stop of leave) stop();
      for (const card of cards.values()) card.close();
    },
  };
}
