import type { MetricHistory } from '../../model/metric.ts';
import { visible } from '../../words/visible.ts';
import type { CardElements } from './card-elements.ts';
import { type Chart, createChart } from './chart.ts';
import type { ChartDrawing, ChartPoint } from './chart-data.ts';
import type { WantedTime } from './chart-view.ts';
import { markText, rangeWords, spokenLine, spokenMarks } from './chart-words.ts';
import { type CardLine, cardLines, drawnHistory } from './drawn-history.ts';
import { measureText, roughText } from './measure.ts';
import type { PageCharts } from './page-charts.ts';
import { windowOf } from './zoom.ts';

/** What a card shows: its chart, the values above it, and its words. */
export type CardDrawing = {
  /** Shows the past of the card's metric, and of the second one if it has one. */
  show(wanted: WantedTime, first: MetricHistory, second: MetricHistory | null): void;
  close(): void;
};

/** Makes the drawing of a card. It is empty until something is shown. `title` names the chart. */
export function createCardDrawing(charts: PageCharts, parts: CardElements, title: string): CardDrawing {
  const { view, nameOf } = charts;
  let chart: Chart | null = null;
  let lines: readonly CardLine[] = [];

  function makeChart(): Chart {
    return createChart(parts.canvas, {
      onPoint: showPoint,
      onZoom: (fromS, toS) => view.zoom(windowOf(fromS, toS)),
      onBack: () => {
        if (view.window()) view.zoom(null);
      },
      markText: (mark) => markText(mark, view.timeText),
    });
  }

  /** Shows time and values of the point under the pointer, or the last values if there is none. */
  function showPoint(point: ChartPoint | null): void {
    const last = lines.flatMap(({ summary }) => (summary ? [summary.lastAtS] : []));
    if (!point && last.length === 0) {
      parts.showValues([], '', view.hasFullTimes());
      return;
    }
    const texts = lines.map(({ history, summary, unit }, index) => {
      const value = point ? point.values[index] : summary?.lastValue;
      if (value == null) return '–';
      return history.stepS > 0 ? roughText(value, unit) : measureText(value, unit); // a mean has digits without end
    });
    parts.showValues(texts, view.timeText(point ? point.atS : Math.max(...last)), view.hasFullTimes());
  }

  function showWords({ words }: WantedTime, { marks, fromS, toS }: ChartDrawing): void {
    parts.showCaption(lines.map(({ summary, unit }) => rangeWords(summary, unit, words)).join(' · '));
    const spoken = lines.map(({ history, summary, unit }, index) => {
      const name = index === 0 ? `Chart of ${visible(title)}` : visible(nameOf(history.metric));
      return `${name}: ${spokenLine(summary, unit, words, view.timeText)}`;
    });
    parts.canvas.setAttribute('aria-label', `${spoken.join('; ')}${spokenMarks(marks, view.timeText)}`);
    const { lastAtS = '', lastValue = '' } = lines[0]?.summary ?? {};
    for (const [name, value] of Object.entries({ lastAtS, lastValue, fromS, toS }))
      parts.card.dataset[name] = String(value);
  }

  return {
    show(wanted, first, second) {
      chart ??= makeChart();
      lines = cardLines(nameOf, first, second);
      const drawing = drawnHistory(lines, wanted);
      view.drawn(drawing.fromS);
      chart.draw(drawing);
      showPoint(null);
      showWords(wanted, drawing);
    },
    close: () => chart?.close(),
  };
}
