import type { Mark } from '../../model/mark.ts';
import type { MeasureScale } from './measure.ts';
import type { ChartSeries } from './series.ts';
import type { MetricUnit } from './unit.ts';

/** The line of one metric, and the scale on which it is drawn. */
export type ChartLine = { readonly series: ChartSeries; readonly unit: MetricUnit; readonly scale: MeasureScale };

/**
 * What a chart shows. `second`: the line of a second metric; null: there is none. `hasBand`: each
 * point of the first is the mean of several samples, and their range is drawn as a band.
 */
export type ChartDrawing = {
  readonly first: ChartLine;
  readonly second: ChartLine | null;
  /** Whether both lines have the left axis. Else the second has one of its own, on the right. */
  readonly isOneAxis: boolean;
  readonly hasBand: boolean;
  readonly fromS: number;
  readonly toS: number;
  readonly marks: readonly Mark[];
};

/** What is under the pointer: its time, and the values near it; null: there is none near it. */
export type ChartPoint = { readonly atS: number; readonly values: readonly [number | null, number | null] };

/** A table that uPlot draws or joins: times, and a column for each line. */
export type ChartTable = [number[], ...(number | null | undefined)[][]];

/** The columns of a line, on its scale: times, means, minima and maxima. */
export function tableOf({ series, scale }: ChartLine, hasBand: boolean): ChartTable {
  const [times, means, minima, maxima] = series;
  const scaled = (column: readonly (number | null)[]) =>
    column.map((value) => (value === null ? null : value * scale.by));
  const none = times.map(() => null);
  return [[...times], scaled(means), hasBand ? scaled(minima) : none, hasBand ? scaled(maxima) : none];
}
