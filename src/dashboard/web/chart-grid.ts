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
  /** Makes charts fetch newer samples: those of the metrics that `isMeant` holds for. */
  refresh(isMeant?: (metric: string) => boolean): void;
  close(): void;
};

/** Makes a grid without charts. It follows the view and the reader's charts until closed. */
export function createChartGrid(charts: PageCharts): ChartGrid {
  const cards = new Map<string, { readonly metric: string; readonly card: ChartCard }>();
  const grid = element('div', { class: 'cards' });
  const keyOf = ({ metric, onRemove }: GridChart) => `${onRemove ? 'removable ' : ''}${metric}`;
  const leave = [charts.view.onChange(() => refresh()), charts.reader.onChange(() => refresh())];

  function refresh(isMeant: (metric: string) => boolean = () => true): void {
    for (const { metric, card } of cards.values()) if (isMeant(metric)) card.refresh();
  }

  function remove(key: string): void {
    cards.get(key)?.card.close();
    cards.get(key)?.card.element.remove();
    cards.delete(key);
  }

  return {
    element: grid,
    show(wanted) {
      const keys = new Set(wanted.map(keyOf));
      for (const key of [...cards.keys()]) if (!keys.has(key)) remove(key);
      for (const chart of wanted)
        if (!cards.has(keyOf(chart)))
          cards.set(keyOf(chart), { metric: chart.metric, card: createChartCard({ charts, ...chart }) });
      arrange(
        grid,
        wanted.flatMap((chart) => cards.get(keyOf(chart))?.card.element ?? []),
      );
    },
    refresh,
    close() {
      for (const stop of leave) stop();
      for (const { card } of cards.values()) card.close();
    },
  };
}
