import type { MetricHistory } from '../../model/metric.ts';
import { visible } from '../../words/visible.ts';
import { fetchAnswer } from './answers.ts';
import { type Chart, createChart } from './chart.ts';
import { chartWords, spokenMarks } from './chart-words.ts';
import { type Child, element, setText, untrusted } from './elements.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { type ChartSeries, chartFromS, seriesOf, summaryOfSeries } from './series.ts';
import type { ChartSpan } from './span.ts';
import { clockTimeOrDay, readableValue, withUnit } from './words.ts';

/** The chart of one metric, with the metric's name and last value above it. */
export type ChartCard = {
  readonly element: HTMLElement;
  /** Fetches newer samples, or those of another span, as soon as the card is in view. */
  refresh(): void;
  close(): void;
};

/** `title` stands above the chart. `onRemove` null: the card has no button that removes it. */
export type CardSettings = {
  readonly metric: string;
  readonly title: string;
  readonly span: () => ChartSpan;
  readonly nowS: () => number;
  readonly onRemove: (() => void) | null;
};

/** What a card shows now. `last` is the text of the last value, `unit` the metric's, visible. */
type ShownChart = {
  readonly chart: Chart;
  readonly unit: string;
  readonly span: ChartSpan;
  readonly series: ChartSeries;
  readonly last: string;
};

/** Makes a card. It fetches its history only while it is in view. */
export function createChartCard(settings: CardSettings): ChartCard {
  const { metric, title, span, nowS } = settings;
  const { card, value, canvas, caption } = cardElements(settings);
  let state: 'stale' | 'fresh' | 'closed' = 'stale'; // stale: to be fetched as soon as it is in view
  let isInView = false;
  let lastFetch = { atS: 0, span: span() };
  let shown: ShownChart | null = null;
  const isClosed = () => state === 'closed';

  const load = oneAtATime(async () => {
    if (!isInView || state !== 'stale') return;
    state = 'fresh';
    const wanted = span();
    const toS = Math.ceil(nowS()) + 1; // a run that just ended may be a little ahead of our clock
    lastFetch = { atS: nowS(), span: wanted };
    const [from, to] = [String(toS - wanted.seconds), String(toS)];
    const answer = await fetchAnswer<MetricHistory>('/history.json', { metric, from, to });
    if (isClosed()) return;
    if (answer.ok) show(answer.value, wanted, toS);
    else setText(caption, answer.error);
  });
  const sight = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? false;
    void load();
  });
  sight.observe(card);

  function show(history: MetricHistory, wanted: ChartSpan, toS: number): void {
    if (shown?.span !== wanted) shown?.chart.close();
    const chart = shown?.span === wanted ? shown.chart : createChart(canvas, wanted, showPoint);
    const series = seriesOf(history);
    const fromS = chartFromS(history, wanted, toS);
    const marks = (history.marks ?? []).filter(({ atS }) => atS >= fromS);
    chart.draw(series, fromS, toS, history.stepS > 0, marks);
    const summary = summaryOfSeries(history);
    const words = chartWords(summary, wanted.words, toS);
    const unit = visible(history.unit ?? '');
    const last = summary ? withUnit(readableValue(summary.lastValue), unit) : '';
    shown = { chart, unit, span: wanted, series, last };
    setText(value, last);
    setText(caption, words.caption);
    canvas.setAttribute('aria-label', `Chart of ${visible(title)}: ${words.spoken}${spokenMarks(marks, toS)}`);
    card.dataset['lastAtS'] = summary ? String(summary.lastAtS) : '';
    card.dataset['lastValue'] = summary ? String(summary.lastValue) : '';
  }

  /** Shows time and value of the point under the pointer, or the last value if there is none. */
  function showPoint(index: number | null): void {
    if (!shown) return;
    const [times, means] = shown.series;
    const [atS, mean] = [times[index ?? -1], means[index ?? -1]];
    const hasPoint = atS !== undefined && mean != null;
    const text = hasPoint ? `${clockTimeOrDay(atS, nowS())}  ${withUnit(readableValue(mean), shown.unit)}` : shown.last;
    setText(value, text);
  }

  return {
    element: card,
    refresh() {
      const wanted = span();
      if (wanted === lastFetch.span && Math.abs(nowS() - lastFetch.atS) < wanted.freshForS) return;
      state = 'stale';
      void load();
    },
    close() {
      state = 'closed';
      sight.disconnect();
      shown?.chart.close();
    },
  };
}

function cardElements({ metric, title, onRemove }: CardSettings) {
  const value = element('span', { class: 'value' });
  const canvas = element('div', { class: 'canvas', role: 'img', 'aria-label': `Chart of ${visible(title)}` });
  const caption = element('figcaption', { class: 'muted' }, '…');
  const head = element('div', { class: 'card-head' }, element('span', { class: 'metric' }, ...breakable(title)), value);
  const card = element('figure', { class: 'card' }, head, canvas, caption);
  card.dataset['metric'] = metric;
  if (onRemove) {
    const label = `Remove the chart of ${title}`;
    const button = element('button', { type: 'button', class: 'remove', 'aria-label': label }, '×');
    button.addEventListener('click', onRemove);
    head.append(button);
  }
  return { card, value, canvas, caption };
}

/** The nodes of a metric's name, which may wrap after each dot and underscore. */
function breakable(name: string): readonly Child[] {
  return name.split(/(?<=[._])/).flatMap((part) => [...untrusted(part), element('wbr')]);
}
