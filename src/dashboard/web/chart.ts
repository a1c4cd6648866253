import './language.ts';
import uPlot from 'uplot';
import { type ChartDrawing, type ChartPoint, type ChartTable, tableOf } from './chart-data.ts';
import { createChartMarks } from './chart-marks.ts';
import { axisMeasure, type MeasureScale } from './measure.ts';
import type { MetricUnit } from './unit.ts';
import { valueRange } from './value-range.ts';
import { dayText, minuteText } from './words.ts';

/** A point farther from the pointer, in pixels, is not read out. */
const nearPx = 20;
const leastDragPx = 6;
const leastAxisPx = 50;
const usualFontPx = 13; // sizes below are in pixels at this size of the text

/** The chart of one metric, or of two. */
export type Chart = {
  draw(drawing: ChartDrawing): void;
  close(): void;
};

/** What a chart calls. Times in unix seconds. */
export type ChartCalls = {
  /** What is under the pointer, in this chart or in another; null: nothing is. */
  onPoint(point: ChartPoint | null): void;
  onZoom(fromS: number, toS: number): void;
  onBack(): void;
  markText: Parameters<typeof createChartMarks>[1];
};

/**
 * Makes a chart in a container and follows its size. The pointer's time is shown in all charts of
 * the page. Takes its colours and the size of its text from the style sheet.
 */
export function createChart(container: HTMLElement, calls: ChartCalls): Chart {
  let made: { readonly plot: uPlot; readonly shape: string; place(drawing: ChartDrawing): void } | null = null;
  let drawn: ChartDrawing | null = null;
  const looks = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) => matchMedia(query));
  const repaint = () => made?.plot.redraw(false);
  for (const look of looks) look.addEventListener('change', repaint);
  const resized = new ResizeObserver(() => {
    if (!made || !drawn || container.clientWidth === 0) return;
    if (shapeOf(drawn) !== made.shape) return draw(drawn); // the text has another size
    const { width, height } = sizeOf(container);
    if (width !== made.plot.width || height !== made.plot.height) made.plot.setSize({ width, height });
  });
  resized.observe(container);

  const fontPx = () => Number.parseFloat(getComputedStyle(container).fontSize) || usualFontPx;
  const shapeOf = ({ second, isOneAxis }: ChartDrawing) => `${fontPx()} ${second !== null} ${isOneAxis}`;

  function draw(drawing: ChartDrawing): void {
    drawn = drawing;
    const shape = shapeOf(drawing);
    if (made?.shape !== shape) {
      made?.plot.destroy();
      const plot = new uPlot(options(drawing), [[], [], [], [], []], container);
      plot.over.addEventListener('dblclick', calls.onBack);
      const marks = createChartMarks(plot.over, calls.markText);
      plot.hooks['draw'] = [() => marks.place((atS) => plot.valToPos(atS, 'x'))];
      made = { plot, shape, place: (next) => marks.draw(next.marks) };
    }
    made.place(drawing);
    const { first, second, hasBand } = drawing;
    const empty: ChartTable = [[], []];
    const [times, means, minima, maxima, others] = uPlot.join(
      [tableOf(first, hasBand), second ? (tableOf(second, false).slice(0, 2) as ChartTable) : empty],
      [
        [0, 2, 1, 1],
        [0, 2],
      ],
    );
    made.plot.setData([times ?? [], means ?? [], minima ?? [], maxima ?? [], others ?? []] as uPlot.AlignedData);
  }

  function options(drawing: ChartDrawing): uPlot.Options {
    const font = fontPx();
    const scaled = (px: number) => Math.round((px * font) / usualFontPx);
    const paint = (name: string) => () => getComputedStyle(container).getPropertyValue(name).trim();
    const now = () => drawn ?? drawing;
    const otherScale = drawing.isOneAxis ? 'y' : 'second';
    const axis: uPlot.Axis = {
      stroke: paint('--muted'),
      font: `${scaled(11)}px system-ui, sans-serif`,
      grid: { stroke: paint('--line'), width: 1 },
      ticks: { show: false },
      gap: 4,
    };
    const valueAxis = (scale: () => MeasureScale): uPlot.Axis => ({
      ...axis,
      size: (_plot, values) => scaled(Math.max(...(values ?? []).map((text) => 7 * text.length + 4), leastAxisPx)),
      space: scaled(24),
      values: (_plot, splits) => splits.map((value) => axisMeasure(value, scale())),
    });
    const line: uPlot.Series = { stroke: paint('--accent'), width: 1.5, points: { show: false }, spanGaps: false };
    const edge: uPlot.Series = { points: { show: false }, width: 0, spanGaps: false };
    const second = { ...line, stroke: paint('--second'), dash: [5, 3], scale: otherScale };
    return {
      ...sizeOf(container),
      padding: [8, drawing.second && !drawing.isOneAxis ? 0 : 16, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: leastDragPx },
        points: { size: 7 },
        hover: { prox: nearPx, skip: [null] },
        sync: { key: 'time', setSeries: false, scales: ['x', null], filters: { pub: (type) => type === 'mousemove' } },
        bind: { dblclick: () => () => null }, // uPlot would show all that it has
      },
      scales: {
        x: { time: true, range: () => [now().fromS, now().toS] },
        y: { range: (_, min, max) => heightRange(min, max, now().first.unit) },
        second: { range: (_, min, max) => heightRange(min, max, (now().second ?? now().first).unit) },
      },
      axes: [
        {
          ...axis,
          size: scaled(26),
          gap: 7,
          values: (_plot, splits, _axis, _space, stepS) => splits.map((atS) => timeText(atS, stepS, now())),
        },
        valueAxis(() => now().first.scale),
        {
          ...valueAxis(() => (now().second ?? now().first).scale),
          scale: 'second',
          side: 1,
          grid: { show: false },
          show: drawing.second !== null && !drawing.isOneAxis,
        },
      ],
      series: [{}, line, edge, edge, second],
      bands: [{ series: [3, 2], fill: paint('--band') }],
      hooks: {
        setCursor: [(plot) => calls.onPoint(pointOf(plot, now()))],
        setSelect: [zoomToSelection],
      },
    };
  }

  function zoomToSelection(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < leastDragPx) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    calls.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  }

  return {
    draw,
    close() {
      for (const look of looks) look.removeEventListener('change', repaint);
      resized.disconnect();
      made?.plot.destroy();
    },
  };
}

function pointOf(plot: uPlot, { first, second, fromS, toS }: ChartDrawing): ChartPoint | null {
  const { left = -1, idx, idxs = [] } = plot.cursor;
  if (left < 0) return null;
  const atS = plot.posToVal(left, 'x');
  if (atS < fromS || atS > toS || idx == null) return null;
  const valueAt = (column: number, by: number) => {
    const value = plot.data[column]?.[idxs[column] ?? -1];
    return value == null ? null : value / by;
  };
  const near = idxs[1] ?? idxs[4];
  return {
    atS: (near == null ? null : plot.data[0][near]) ?? atS,
    values: [valueAt(1, first.scale.by), second ? valueAt(4, second.scale.by) : null],
  };
}

function sizeOf(container: HTMLElement): { readonly width: number; readonly height: number } {
  return { width: Math.max(120, Math.floor(container.clientWidth)), height: Math.floor(container.clientHeight) };
}

function timeText(atS: number, stepS: number, { fromS, toS }: ChartDrawing): string {
  const isMidnight = new Date(atS * 1000).getHours() === 0;
  if (stepS >= 86_400 || (toS - fromS > 86_400 && isMidnight)) return dayText(atS);
  return minuteText(atS, stepS < 60);
}

/** Returns the lower and the upper end of an axis, for the values that are drawn on it. */
function heightRange(min: number | null, max: number | null, unit: MetricUnit): [number, number] {
  const { low, high, isWhole } = valueRange(min, max, unit);
  if (isWhole) return [low, high];
  const [from, to] = uPlot.rangeNum(low, high, 0.1, true);
  return [from ?? low, to ?? high];
}
