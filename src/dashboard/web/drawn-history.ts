import type { MetricHistory } from '../../model/metric.ts';
import { visible } from '../../words/visible.ts';
import type { ChartDrawing, ChartLine } from './chart-data.ts';
import { measureScale } from './measure.ts';
import { chartFromS, type SeriesSummary, type ShownTime, seriesOf, summaryOfSeries } from './series.ts';
import { isSameUnit, type MetricUnit, metricUnit } from './unit.ts';

/** One metric of a card: its past, its unit, and its figures (null: it has no points). */
export type CardLine = {
  readonly history: MetricHistory;
  readonly unit: MetricUnit;
  readonly summary: SeriesSummary | null;
};

/** Returns the lines of a card: one, or two. `nameOf` gives a metric's name without the host's. */
export function cardLines(
  nameOf: (metric: string) => string,
  first: MetricHistory,
  second: MetricHistory | null,
): readonly CardLine[] {
  return [first, ...(second ? [second] : [])].map((history) => ({
    history,
    unit: metricUnit(nameOf(history.metric), visible(history.unit ?? '')),
    summary: summaryOfSeries(history),
  }));
}

/**
 * Returns what a chart draws of one or two lines. Two that measure the same are on one scale. A
 * fitted chart begins with the first sample of either.
 */
export function drawnHistory(
  lines: readonly CardLine[],
  { toS, ...time }: ShownTime & { readonly toS: number },
): ChartDrawing {
  const [first, second] = lines;
  if (!first) throw new Error('a chart has a line');
  const fromS = Math.min(...lines.map(({ history }) => chartFromS(history, time, toS)));
  const isOneAxis = !second || isSameUnit(first.unit, second.unit);
  const size = Math.max(...lines.map(measuredSize));
  const drawn = (line: CardLine): ChartLine => ({
    series: seriesOf(line.history),
    unit: line.unit,
    scale: measureScale(line.unit, (isOneAxis ? size : measuredSize(line)) / line.unit.factor),
  });
  const marks = new Map(
    lines.flatMap(({ history }) => (history.marks ?? []).map((mark) => [JSON.stringify(mark), mark] as const)),
  );
  return {
    first: drawn(first),
    second: second ? drawn(second) : null,
    isOneAxis,
    hasBand: first.history.stepS > 0,
    fromS,
    toS,
    marks: [...marks.values()].filter(({ atS }) => atS >= fromS && atS <= toS).toSorted((a, b) => a.atS - b.atS),
  };
}

/** The largest value of a line without its sign, in the unit that its kind is measured in. */
function measuredSize({ summary, unit }: CardLine): number {
  return summary ? Math.max(Math.abs(summary.min), Math.abs(summary.max)) * unit.factor : 0;
}
