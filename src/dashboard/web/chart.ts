import './language.ts';
import uPlot from 'uplot';
import type { Mark } from '../../model/mark.ts';
import { createChartMarks } from './chart-marks.ts';
import type { ChartSeries } from './series.ts';
import type { ChartSpan } from './span.ts';
import { axisText, dayText, minuteText } from './words.ts';

const heightPx = 132;

/** The chart of one metric. */
export type Chart = {
  /** `hasBand`: each point is the mean of several samples, and their range is drawn as a band. */
  draw(series: ChartSeries, fromS: number, toS: number, hasBand: boolean, marks: readonly Mark[]): void;
  close(): void;
};

/**
 * Makes a chart in a container and follows its width. Calls `onPoint` with the index of the point
 * under the pointer; null: there is none. Takes its colours from the style sheet.
 */
export function createChart(container: HTMLElement, span: ChartSpan, onPoint: (index: number | null) => void): Chart {
  let limits: [number, number] = [0, 1];
  const paint = (name: string) => () => getComputedStyle(container).getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: paint('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: paint('--line'), width: 1 },
    ticks: { show: false },
    gap: 4,
  };
  const line: uPlot.Series = { stroke: paint('--accent'), width: 1.5, points: { show: false }, spanGaps: false };
  const edge: uPlot.Series = { points: { show: false }, width: 0, spanGaps: false };
  const plot = new uPlot(
    {
      width: Math.max(120, container.clientWidth),
      height: heightPx,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 7 } },
      scales: { x: { time: true, range: () => limits }, y: { range: (_, min, max) => heightRange(min, max) } },
      axes: [
        {
          ...axis,
          size: 26,
          gap: 7,
          values: (_plot, splits, _axis, _space, stepS) => splits.map((atS) => timeText(atS, stepS)),
        },
        { ...axis, size: 46, space: 24, values: (_plot, splits) => splits.map(axisText) },
      ],
      series: [{}, line, edge, edge],
      bands: [{ series: [3, 2], fill: paint('--band') }],
      hooks: {
        setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)],
        draw: [(drawn) => lines.place((atS) => drawn.valToPos(atS, 'x'))],
      },
    },
    [[], [], [], []],
    container,
  );
  const lines = createChartMarks(plot.over);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const repaint = () => plot.redraw(false);
  scheme.addEventListener('change', repaint);
  const resized = new ResizeObserver(() => {
    const width = Math.floor(container.clientWidth);
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: heightPx });
  });
  resized.observe(container);

  function timeText(atS: number, stepS: number): string {
    if (stepS >= 86_400 || (span.seconds > 86_400 && new Date(atS * 1000).getHours() === 0)) return dayText(atS);
    return minuteText(atS, stepS < 60);
  }

  return {
    draw([times, means, minima, maxima], fromS, toS, hasBand, marks) {
      limits = [fromS, toS];
      lines.draw(marks, toS);
      const none = times.map(() => null);
      plot.setData([[...times], [...means], hasBand ? [...minima] : none, hasBand ? [...maxima] : none]);
    },
    close() {
      scheme.removeEventListener('change', repaint);
      resized.disconnect();
      plot.destroy();
    },
  };
}

/** Returns the lower and the upper end of the scale. A constant value is drawn in the middle. */
function heightRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  if (min === max) return min === 0 ? [-1, 1] : [min - Math.abs(min) / 2, max + Math.abs(max) / 2];
  const [low, high] = uPlot.rangeNum(min, max, 0.1, true);
  return [low ?? min, high ?? max];
}
