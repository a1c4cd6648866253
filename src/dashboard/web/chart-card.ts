import type { MetricHistory } from '../../model/status.ts';
import { visible } from '../../words/visible.ts';
import { fetchAnswer } from './answers.ts';
import { type Chart, createChart } from './chart.ts';
import { type Child, element, setText, untrusted } from './elements.ts';
import { type ChartSeries, seriesOf, summaryOfSeries } from './series.ts';
import type { ChartSpan } from './span.ts';
import { clockText, counted, readableValue } from './words.ts';

/** A metric's chart under its name and last value. */
export type ChartCard = {
  readonly element: HTMLElement;
  /** There may be newer samples, or another span: asks for them when it is next to be seen. */
  refresh(): void;
  close(): void;
};

/** What a card needs. `title` is what stands above it; `onRemove` null: it can't be taken away. */
export type CardSettings = {
  readonly metric: string;
  readonly title: string;
  readonly span: () => ChartSpan;
  readonly nowS: () => number;
  readonly onRemove: (() => void) | null;
};

/** Makes a card that asks for its history only while it is in view. What the chart shows is said in words below it. */
export function createChartCard({ metric, title, span, nowS, onRemove }: CardSettings): ChartCard {
  const value = element('span', { class: 'value' });
  const canvas = element('div', { class: 'canvas', role: 'img', 'aria-label': `Chart of ${visible(title)}` });
  const words = element('figcaption', { class: 'muted' }, '…');
  const head = element('div', { class: 'card-head' }, element('span', { class: 'metric' }, ...breakable(title)), value);
  const card = element('figure', { class: 'card' }, head, canvas, words);
  card.dataset['metric'] = metric;
  if (onRemove) {
    const button = element(
      'button',
      { type: 'button', class: 'remove', 'aria-label': `Remove the chart of ${title}` },
      '×',
    );
    button.addEventListener('click', onRemove);
    head.append(button);
  }
  let chart: { readonly of: ChartSpan; readonly drawn: Chart } | null = null;
  let shown: { readonly series: ChartSeries; readonly last: string } | null = null;
  let [isInView, isStale, isAsking, askedS, askedSpan] = [false, true, false, 0, span()];

  const sight = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? false;
    void load();
  });
  sight.observe(card);

  async function load(): Promise<void> {
    if (!isInView || !isStale || isAsking) return;
    isStale = false;
    isAsking = true;
    const wanted = span();
    const toS = Math.ceil(nowS()) + 1; // a run that just ended, by a clock that is a hair ahead of ours
    [askedS, askedSpan] = [nowS(), wanted];
    const [from, to] = [String(toS - wanted.seconds), String(toS)];
    const answer = await fetchAnswer<MetricHistory>('/history.json', { metric, from, to });
    isAsking = false;
    if (!sightIsOpen) return;
    if (answer.ok) show(answer.value, wanted, toS);
    else setText(words, answer.error);
    void load();
  }

  function show(history: MetricHistory, wanted: ChartSpan, toS: number): void {
    if (chart?.of !== wanted) {
      chart?.drawn.close();
      chart = { of: wanted, drawn: createChart(canvas, wanted, point) };
    }
    const series = seriesOf(history);
    chart.drawn.draw(series, toS - wanted.seconds, toS, history.stepS > 0);
    const summary = summaryOfSeries(history);
    const last = summary ? readableValue(summary.lastValue) : '';
    shown = { series, last };
    setText(value, last);
    setText(
      words,
      summary
        ? `${readableValue(summary.min)} to ${readableValue(summary.max)}, last at ${clockText(summary.lastAtS, toS)}`
        : `no samples in the last ${wanted.name}`,
    );
    const said = summary
      ? `${counted(summary.count, 'point')} in the last ${wanted.name}, from ${readableValue(summary.min)} to ${readableValue(summary.max)}; the last is ${last} at ${clockText(summary.lastAtS, toS)}`
      : `no samples in the last ${wanted.name}`;
    canvas.setAttribute('aria-label', `Chart of ${visible(title)}: ${said}`);
    card.dataset['lastAtS'] = summary ? String(summary.lastAtS) : '';
    card.dataset['lastValue'] = summary ? String(summary.lastValue) : '';
  }

  function point(index: number | null): void {
    if (!shown) return;
    const [times, means] = shown.series;
    const [atS, mean] = [times[index ?? -1], means[index ?? -1]];
    setText(
      value,
      atS === undefined || mean == null ? shown.last : `${clockText(atS, nowS())}  ${readableValue(mean)}`,
    );
  }

  let sightIsOpen = true;
  return {
    element: card,
    refresh() {
      const wanted = span();
      if (wanted === askedSpan && Math.abs(nowS() - askedS) < wanted.freshForS) return;
      isStale = true;
      void load();
    },
    close() {
      sightIsOpen = false;
      sight.disconnect();
      chart?.drawn.close();
    },
  };
}

/** A metric's name that may be broken behind its dots and underscores. */
function breakable(name: string): readonly Child[] {
  return name.split(/(?<=[._])/).flatMap((part) => [...untrusted(part), element('wbr')]);
}
