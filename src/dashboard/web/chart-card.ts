import type { MetricHistory } from '../../model/metric.ts';
import { type AgentAnswer, fetchAnswer } from './answers.ts';
import { createCardDrawing } from './card-drawing.ts';
import { createCardElements } from './card-elements.ts';
import type { WantedTime } from './chart-view.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { PageCharts } from './page-charts.ts';

/** The chart of one metric, or of two, with names and last values above it. */
export type ChartCard = {
  readonly element: HTMLElement;
  /** Fetches newer samples, or those of another time, as soon as the card is in view. */
  refresh(): void;
  close(): void;
};

/** `title` stands above the chart. `onRemove` null: the card has no button that removes it. */
export type CardSettings = {
  readonly charts: PageCharts;
  readonly metric: string;
  readonly title: string;
  readonly onRemove: (() => void) | null;
};

/** A sample may arrive this late, in seconds: then a part of time is fetched once only. */
const lateS = 60;

/** Makes a card. It fetches its history only while it is in view. */
export function createChartCard({ charts, metric, title, onRemove }: CardSettings): ChartCard {
  const { view, reader, nowS, nameOf } = charts;
  const onSecond = (second: string | null) => reader.setSecond(metric, second);
  const parts = createCardElements(charts, title, { onRemove, onSecond });
  const { card } = parts;
  const drawing = createCardDrawing(charts, parts, title);
  card.dataset['metric'] = metric;
  let state: 'stale' | 'fresh' | 'closed' = 'stale'; // stale: to be fetched as soon as it is in view
  let isInView = false;
  const printed = matchMedia('print');
  let lastFetch = { key: '', atS: Number.NEGATIVE_INFINITY, toS: Number.POSITIVE_INFINITY };
  let second: string | null = null;
  const isClosed = () => state === 'closed';
  const keyOf = (wanted: WantedTime) => `${wanted.key} ${reader.secondOf(metric)} ${view.hasFullTimes()}`;

  const load = oneAtATime(async () => {
    if (!(isInView || printed.matches) || state !== 'stale') return;
    state = 'fresh';
    nameSecond();
    const wanted = view.wanted();
    lastFetch = { key: keyOf(wanted), atS: nowS(), toS: wanted.toS };
    const [first, other] = await Promise.all([history(metric, wanted), second && history(second, wanted)]);
    if (isClosed()) return;
    if (!first.ok) return fail(first.error);
    if (other && !other.ok) return fail(other.error);
    drawing.show(wanted, first.value, other ? other.value : null);
  });
  const sight = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? false;
    void load();
  });
  sight.observe(card);
  printed.addEventListener('change', load);

  function fail(error: string): void {
    lastFetch = { ...lastFetch, key: '' }; // the next refresh tries again
    parts.showCaption(error);
  }

  function nameSecond(): void {
    if (second === reader.secondOf(metric)) return;
    second = reader.secondOf(metric);
    parts.showSecond(second === null ? null : nameOf(second));
  }

  return {
    element: card,
    refresh() {
      const wanted = view.wanted();
      const isSame = keyOf(wanted) === lastFetch.key;
      if (isSame && nowS() - lastFetch.atS < wanted.freshForS) return;
      if (isSame && lastFetch.toS < lastFetch.atS - lateS) return; // that time is over
      state = 'stale';
      void load();
    },
    close() {
      state = 'closed';
      sight.disconnect();
      printed.removeEventListener('change', load);
      drawing.close();
    },
  };
}

function history(metric: string, { toS, seconds }: WantedTime): Promise<AgentAnswer<MetricHistory>> {
  return fetchAnswer('/history.json', { metric, from: String(toS - seconds), to: String(toS) });
}
