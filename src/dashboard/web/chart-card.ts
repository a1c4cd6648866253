import type { MetricHistory } from '../../model/metric.ts';
import { visible } from '../../words/visible.ts';
import { type AgentAnswer, fetchAnswer } from './answers.ts';
import { createCardElements } from './card-elements.ts';
import { type Chart, createChart } from './chart.ts';
import type { ChartPoint } from './chart-data.ts';
import type { WantedTime } from './chart-view.ts';
import { markText, rangeWords, spokenLine, spokenMarks } from './chart-words.ts';
import { drawnHistory, type LineOfCard, linesOf } from './drawn-history.ts';
import { measureText } from './measure.ts';
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
  const { card, canvas } = parts;
  card.dataset['metric'] = metric;
  let state: 'stale' | 'fresh' | 'closed' = 'stale'; // stale: to be fetched as soon as it is in view
  let isInView = false;
  const printed = matchMedia('print');
  let lastFetch = { key: '', atS: Number.NEGATIVE_INFINITY, toS: Number.POSITIVE_INFINITY };
  let chart: Chart | null = null;
  let shown: readonly LineOfCard[] = [];
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
    if (!first.ok) return parts.showCaption(first.error);
    if (other && !other.ok) return parts.showCaption(other.error);
    show(wanted, first.value, other ? other.value : null);
  });
  const sight = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? false;
    void load();
  });
  sight.observe(card);
  printed.addEventListener('change', load);

  function nameSecond(): void {
    if (second === reader.secondOf(metric)) return;
    second = reader.secondOf(metric);
    parts.showSecond(second === null ? null : nameOf(second));
  }

  function show(wanted: WantedTime, first: MetricHistory, other: MetricHistory | null): void {
    chart ??= createChart(canvas, {
      onPoint: showPoint,
      onZoom: (fromS, toS) => view.zoom({ fromS: Math.floor(fromS), toS: Math.ceil(toS) }),
      onBack: () => {
        if (view.window()) view.zoom(null);
      },
      markText: (mark) => markText(mark, view.timeText),
    });
    shown = linesOf(nameOf, first, other);
    const drawing = drawnHistory(shown, wanted);
    view.drawn(drawing.fromS);
    chart.draw(drawing);
    showLast();
    parts.showCaption(shown.map(({ summary, unit }) => rangeWords(summary, unit, wanted.words)).join(' · '));
    const spoken = shown.map(({ summary, unit }) => spokenLine(summary, unit, wanted.words, view.timeText));
    const and = second === null ? '' : `; ${visible(nameOf(second))}: ${spoken[1]}`;
    const marks = spokenMarks(drawing.marks, view.timeText);
    canvas.setAttribute('aria-label', `Chart of ${visible(title)}: ${spoken[0]}${and}${marks}`);
    const last = shown[0]?.summary;
    card.dataset['lastAtS'] = last ? String(last.lastAtS) : '';
    card.dataset['lastValue'] = last ? String(last.lastValue) : '';
    card.dataset['fromS'] = String(drawing.fromS);
    card.dataset['toS'] = String(drawing.toS);
  }

  function showLast(): void {
    const last = shown.flatMap(({ summary }) => (summary ? [summary.lastAtS] : []));
    const values = shown.map(({ summary, unit }) => (summary ? measureText(summary.lastValue, unit) : '–'));
    const time = last.length === 0 ? '' : view.timeText(Math.max(...last));
    parts.showValues(last.length === 0 ? [] : values, time, view.hasFullTimes());
  }

  /** Shows time and values of the point under the pointer, or the last values if there is none. */
  function showPoint(point: ChartPoint | null): void {
    if (!point || shown.length === 0) {
      showLast();
      return;
    }
    const texts = shown.map(({ unit }, index) => {
      const value = point.values[index];
      return value == null ? '–' : measureText(value, unit);
    });
    parts.showValues(texts, view.timeText(point.atS), view.hasFullTimes());
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
      chart?.close();
    },
  };
}

function history(metric: string, { toS, seconds }: WantedTime): Promise<AgentAnswer<MetricHistory>> {
  return fetchAnswer('/history.json', { metric, from: String(toS - seconds), to: String(toS) });
}
